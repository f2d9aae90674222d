// What a path inside an archive may be: relative, with '/' between ordinary components, readable the same way by every
// tool and on every system.
import { ArchivesError, type ArchivesErrorCode } from './archives-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Flag = 0x800;

/**
 * The name between two positions if it is plain: ASCII without control characters, backslashes and colons, relative,
 * without an empty, '.' or '..' component, and with no component that starts with a dot. Undefined for any other name,
 * which the functions below examine. Nearly every name of nearly every wheel is plain.
 */
export function plainEntryName(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start > 255) return undefined;
  let before = slash;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte <= 0x20 || byte >= 0x7f || byte === backslash || byte === colon) return undefined;
    if (before === slash && (byte === slash || byte === dot)) return undefined;
    before = byte;
  }
  return bytes.toString('latin1', start, end);
}

const [slash, backslash, colon, dot] = [0x2f, 0x5c, 0x3a, 0x2e];

/** The name of a zip entry as text; throws WHEEL_UNSAFE_PATH where tools would disagree about it. */
export function decodeEntryName(rawName: Buffer, flags: number, archive: string): string {
  if (rawName.every((byte) => byte < 0x80)) return rawName.toString('latin1');
  if ((flags & utf8Flag) !== 0) {
    try {
      return utf8.decode(rawName);
    } catch {
      // Refused below, in the same words as a name without the flag.
    }
  }
  throw unsafe('WHEEL_UNSAFE_PATH', archive, rawName.toString('latin1'), 'is not marked and valid UTF-8');
}

/** `name` without empty and '.' components, which readers pass over alike. An absolute name stays absolute. */
export function cleanEntryName(name: string): string {
  if (name.startsWith('/') || !/(?:^|\/)\.?(?:\/|$)/.test(name)) return name;
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Throws `code` unless `name` is a safe relative path. A trailing slash has to be taken off before. */
export function checkEntryName(name: string, archive: string, code: ArchivesErrorCode = 'WHEEL_UNSAFE_PATH'): void {
  const fault = findFault(name);
  if (fault !== undefined) throw unsafe(code, archive, name, fault);
}

function findFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/[\0-\x1f\x7f]/.test(name)) return 'has a control character in it';
  if (name.includes('\\')) return 'has a backslash in it';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is absolute';
  // One look at the whole name: a component that is empty, '.' or '..'.
  if (/(?:^|\/)(?:\.{1,2})?(?:\/|$)/.test(name)) return "has an empty, '.' or '..' component";
  if (name.length > 255 && name.split('/').some((part) => Buffer.byteLength(part) > 255)) return 'is too long';
  return undefined;
}

function unsafe(code: ArchivesErrorCode, archive: string, name: string, fault: string): ArchivesError {
  return new ArchivesError(code, `${archive} has an entry whose path ${JSON.stringify(name)} ${fault}.`, {
    data: { archive, entry: name },
  });
}
