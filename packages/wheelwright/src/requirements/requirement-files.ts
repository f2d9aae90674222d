// Reads requirements and constraints files: by path, by URL, or from standard input.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno, redactUrls } from '@wheelwright/errors';
import { isUrl } from '../tool/settings.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { decodeText } from './decode-text.ts';

/** Fetches the bytes at a URL. Throws the errors of the index client. */
export type FetchText = (url: string) => Promise<Uint8Array>;

/** The text of a file. */
export interface RequirementFile {
  /** Absolute path, URL, or `-`. */
  readonly location: string;
  readonly text: string;
  /** The base of relative paths in the file: a directory, or the URL itself. */
  readonly base: string;
}

/** Makes a function that reads `file`, relative to `base` (a directory or a URL). It throws WHEELWRIGHT_BAD_INPUT. */
export function createFileReader(
  fetchText: FetchText | undefined,
  onRead: (location: string) => void = () => {},
): (file: string, base: string) => Promise<RequirementFile> {
  return async (file, base) => {
    if (file === '-') onRead(file);
    if (file === '-') return { location: '-', text: decodeText(await readStandardInput(), '-'), base };
    const url = isUrl(file) ? file : isUrl(base) ? new URL(file, base).href : undefined;
    if (url === undefined || url.toLowerCase().startsWith('file:')) {
      const location = url === undefined ? path.resolve(base, file) : decodeURIComponent(new URL(url).pathname);
      onRead(location);
      return { location, text: decodeText(readBytes(location), location), base: path.dirname(location) };
    }
    if (fetchText === undefined || !/^https?:/i.test(url))
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `The requirements file ${redactUrls(url)} cannot be fetched.`,
        {
          hint: 'Name a path, or an http: or https: URL.',
        },
      );
    onRead(url);
    return { location: url, text: decodeText(await fetchText(url), redactUrls(url)), base: url };
  };
}

async function readStandardInput(): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT', 'EISDIR', 'ENOTDIR')) throw cause;
    const why = isErrno(cause, 'EISDIR') ? 'is a directory' : 'does not exist';
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `The requirements file ${file} ${why}.`, {
      cause,
      hint: isErrno(cause, 'EISDIR') ? 'Name a file. A directory is installed without -r.' : undefined,
      data: { path: file },
    });
  }
}
