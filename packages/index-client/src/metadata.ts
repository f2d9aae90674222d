// The METADATA of a wheel by the cheapest way its server offers: the file beside it (PEP 658), else ranges of the wheel's
// tail, else the whole wheel, which the caller keeps. An origin that refuses one range is not asked for others.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isErrno, redactUrls } from '@wheelwright/errors';
import { isValidName, normalizeName } from '@wheelwright/packaging';
import { IndexError, statusError } from './errors.ts';
import type { ResponseCache } from './ports.ts';
import { RangeRefused, rangeSource } from './range-source.ts';
import { readBody, readRawBody } from './read-body.ts';
import type { Session } from './session.ts';
import type { IndexFile } from './types.ts';
import { type ByteSource, readZipMember, ZipError } from './zip-member.ts';

const metadataLimit = 64 * 1024 * 1024;
const wheelLimit = 4 * 1024 * 1024 * 1024;
const firstTail = 16 * 1024;
const shortTail = 8 * 1024;
const longestTail = 48 * 1024;

/** What is learned from one wheel for the next ones. */
export interface MetadataReader {
  readonly session: Session;
  readonly cache: ResponseCache | undefined;
  /** How many bytes to ask for first, by project: as far from the end as the last wheel's METADATA was. */
  readonly tailLengths: Map<string, number>;
  /** Origins that answer a range with something else. */
  readonly withoutRanges: Set<string>;
}

/** Brings a whole wheel to where it is kept, and gives its METADATA: for servers that give no ranges. */
export type ReadWholeWheel = (file: IndexFile) => Promise<string>;

/** The text of METADATA. Throws INDEX_NOT_FOUND for a file that has none to be read without unpacking it. */
export async function readMetadata(
  reader: MetadataReader,
  file: IndexFile,
  readWhole: ReadWholeWheel | undefined,
): Promise<string> {
  const { session, cache } = reader;
  const url = new URL(file.url);
  if (url.protocol === 'file:') return readFromWheel(file, () => readLocalWheel(fileURLToPath(url), file));
  return keptByHash(session, cache, file, async () => {
    const published = file.coreMetadata === undefined ? undefined : await readPublished(session, file, url);
    return published ?? readRemoteWheel(reader, file, readWhole);
  });
}

async function readPublished(session: Session, file: IndexFile, wheel: URL) {
  const url = new URL(wheel);
  url.pathname += '.metadata';
  const headers = { accept: '*/*', 'accept-encoding': 'gzip' };
  const body = await session.request(url.href, { headers }, async (response, from) => {
    if (response.status === 404 || response.status === 410) return undefined;
    if (response.status !== 200) throw statusError(from, response.status);
    return readBody(response, from, metadataLimit);
  });
  if (body === undefined) return undefined; // promised and not there: the wheel itself still is
  const expected = file.coreMetadata === true ? undefined : file.coreMetadata?.sha256;
  if (expected !== undefined) checkHash(`The metadata of ${file.filename}`, url, body, expected);
  return body.toString('utf8');
}

/** A wheel of a known hash never says anything else about itself, so its metadata is kept without a limit in time. */
async function keptByHash(
  session: Session,
  cache: ResponseCache | undefined,
  file: IndexFile,
  read: () => Promise<string>,
) {
  const { sha256 } = file.hashes;
  if (sha256 === undefined) session.noteFreshness(0);
  if (cache === undefined || sha256 === undefined) return read();
  const key = createHash('sha256')
    .update(JSON.stringify(['metadata', file.url, sha256]))
    .digest('hex');
  const kept = cache.read(key);
  if (kept?.meta === 'metadata') return Buffer.from(kept.body).toString('utf8');
  const text = await read();
  cache.write(key, 'metadata', Buffer.from(text));
  return text;
}

async function readFromWheel(file: IndexFile, read: () => Promise<Buffer>): Promise<string> {
  const data = { url: redactUrls(file.url) };
  if (!file.filename.endsWith('.whl')) {
    const message = `${data.url} is not a wheel: its metadata is known only after it has been unpacked.`;
    throw new IndexError('INDEX_NOT_FOUND', message, { data });
  }
  try {
    return (await read()).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof ZipError)) throw cause;
    const message = `The metadata of ${data.url} cannot be read: ${cause.message}.`;
    throw new IndexError('INDEX_BAD_PAGE', message, {
      cause,
      data,
      hint: 'The wheel is damaged; choose another version.',
    });
  }
}

async function readRemoteWheel(
  reader: MetadataReader,
  file: IndexFile,
  readWhole: ReadWholeWheel | undefined,
): Promise<string> {
  const { origin } = new URL(file.url);
  if (!reader.withoutRanges.has(origin) && file.filename.endsWith('.whl')) {
    try {
      return await readFromWheel(file, () => readRanges(reader, file));
    } catch (error) {
      if (!(error instanceof RangeRefused)) throw error;
      reader.withoutRanges.add(origin);
    }
  }
  return readWhole === undefined ? readFromWheel(file, () => readAndForget(reader.session, file)) : readWhole(file);
}

async function readRanges({ session, tailLengths }: MetadataReader, file: IndexFile): Promise<Buffer> {
  const project = file.filename.slice(0, file.filename.indexOf('-'));
  const source = await rangeSource(session, file.url, tailLengths.get(project) ?? firstTail);
  const { data, offset } = await readZipMember(source, isMetadataOf(file));
  const distance = source.size - offset;
  // Behind a long directory METADATA is read by a request of its own, for which the directory's last entries suffice.
  tailLengths.set(project, distance > longestTail ? shortTail : distance + 1024);
  return data;
}

async function readAndForget(session: Session, file: IndexFile): Promise<Buffer> {
  const headers = { 'accept-encoding': 'identity' };
  const whole = await session.request(file.url, { headers }, async (response, url) => {
    if (response.status !== 200) throw statusError(url, response.status);
    return readRawBody(response, url, wheelLimit);
  });
  const { sha256 } = file.hashes;
  if (sha256 !== undefined) checkHash(file.filename, new URL(file.url), whole, sha256);
  const source = { size: whole.length, read: async (start: number, n: number) => whole.subarray(start, start + n) };
  return (await readZipMember(source, isMetadataOf(file))).data;
}

async function readLocalWheel(wheelPath: string, file: IndexFile): Promise<Buffer> {
  let fd: number;
  try {
    fd = openSync(wheelPath, 'r');
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT')) throw cause;
    throw new IndexError('INDEX_NOT_FOUND', `${wheelPath} is not there.`, { cause, data: { url: file.url } });
  }
  try {
    const source: ByteSource = {
      size: fstatSync(fd).size,
      async read(start, length) {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(fd, bytes, 0, length, start));
      },
    };
    return (await readZipMember(source, isMetadataOf(file))).data;
  } finally {
    closeSync(fd);
  }
}

function isMetadataOf({ filename }: IndexFile): (name: string) => boolean {
  const project = normalizeName(filename.slice(0, filename.indexOf('-')));
  return (name) => {
    const match = /^([^/-]+)-[^/]*\.dist-info\/METADATA$/.exec(name);
    return match !== null && isValidName(match[1]!) && normalizeName(match[1]!) === project;
  };
}

function checkHash(what: string, url: URL, body: Uint8Array, expected: string): void {
  const found = createHash('sha256').update(body).digest('hex');
  if (found === expected) return;
  const data = { url: redactUrls(url.href), algorithm: 'sha256', expected, found };
  throw new IndexError('INDEX_HASH_MISMATCH', `${what} does not have the sha256 that the index states.`, {
    hint: 'Do not use it: the index or the way to it has changed the file.',
    data,
  });
}
