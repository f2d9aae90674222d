// Decodes a text file by its byte order mark, else by the encoding that a comment in its first two lines names (PEP 263),
// else as UTF-8.
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Byte order marks, longer ones first, since some begin alike. */
const marks: readonly (readonly [bytes: readonly number[], encoding: string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe, 0, 0], 'utf-32le'],
  [[0, 0, 0xfe, 0xff], 'utf-32be'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** Python's names of encodings that the Encoding Standard names differently. */
const aliases: Readonly<Record<string, string>> = {
  'utf-8-sig': 'utf-8',
  'latin-1': 'iso-8859-1',
  'iso-8859-1-unix': 'iso-8859-1',
  'utf-16-le': 'utf-16le',
  'utf-16-be': 'utf-16be',
};

/**
 * Decodes bytes. Bytes that are not UTF-8 and name no encoding are read as Latin-1, so that a comment in an older encoding
 * does no harm.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for an unknown encoding, or one that the bytes contradict.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const mark = marks.find(([start]) => start.every((byte, at) => bytes[at] === byte));
  if (mark !== undefined) return decode(bytes.subarray(mark[0].length), mark[1], name);
  const stated = statedEncoding(bytes);
  if (stated !== undefined) return decode(bytes, stated, name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

function statedEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 1024))
    .toString('latin1')
    .split(/\r\n|\r|\n/, 2);
  return head
    .map((line) => /^[ \t]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line)?.[1])
    .find((found) => found !== undefined);
}

/** Decodes UTF-32, which Python writes and the Encoding Standard lacks. */
function decodeUtf32(bytes: Uint8Array, isLittleEndian: boolean, name: string): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    let text = '';
    for (let at = 0; at < bytes.length; at += 4) text += String.fromCodePoint(view.getUint32(at, isLittleEndian));
    return text;
  } catch (cause) {
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${name} begins with the mark of UTF-32 and is not valid UTF-32.`,
      {
        cause,
        hint: 'Write it in UTF-8.',
        data: { path: name, encoding: 'utf-32' },
      },
    );
  }
}

function decode(bytes: Uint8Array, encoding: string, name: string): string {
  const label = encoding.toLowerCase().replaceAll('_', '-');
  if (label.startsWith('utf-32')) return decodeUtf32(bytes, label === 'utf-32le', name);
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(aliases[label] ?? label, { fatal: true });
  } catch (cause) {
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${name} names the encoding ${encoding}, which is not known.`, {
      cause,
      hint: 'Write it in UTF-8.',
      data: { path: name, encoding },
    });
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${name} is not valid ${encoding}, the encoding that it names.`,
      {
        cause,
        hint: 'Write it in UTF-8.',
        data: { path: name, encoding },
      },
    );
  }
}
