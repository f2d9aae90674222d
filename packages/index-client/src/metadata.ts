// The METADATA of a wheel by the cheapest way its server offers: the file beside it (PEP 658), else ranges of the wheel's
// tail, else the whole wheel. The way by ranges depends on nothing but the wheel itself.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isErrno, redactUrls } from '@wheelwright/errors';
import { normalizeName } from '@wheelwright/packaging';
import { fetchPage } from './cached-fetch.ts';
import { IndexError, statusError } from './errors.ts';
import type { ResponseCache } from './ports.ts';
import { RangeRefused, rangeSource } from './range-source.ts';
import { readRawBody } from './read-body.ts';
import type { Session } from './session.ts';
import type { IndexFile } from './types.ts';
import { type ByteSource, readZipMember, ZipError } from './zip-member.ts';

const metadataLimit = 64 * 1024 * 1024;
const wheelLimit = 4 * 1024 * 1024 * 1024;

/** The text of METADATA. Throws INDEX_NOT_FOUND for a file that has none to be read without unpacking it. */
export async function readMetadata(
  session: Session,
  file: IndexFile,
  cache: ResponseCache | undefined,
): Promise<string> {
  const url = new URL(file.url);
  if (url.protocol === 'file:') return readFromWheel(file, () => readLocalWheel(fileURLToPath(url), file));
  const published = file.coreMetadata === undefined ? undefined : await readPublished(session, file, url, cache);
  if (published !== undefined) return published;
  return keptByHash(session, cache, file, () => readFromWheel(file, () => readRemoteWheel(session, file)));
}

async function readPublished(session: Session, file: IndexFile, wheel: URL, cache: ResponseCache | undefined) {
  const url = new URL(wheel);
  url.pathname += '.metadata';
  const page = await fetchPage(session, url.href, { cache, accept: '*/*', limit: metadataLimit });
  if (page === undefined) return undefined; // promised and not there: the wheel itself still is
  const expected = file.coreMetadata === true ? undefined : file.coreMetadata?.sha256;
  if (expected !== undefined) checkHash(`The metadata of ${file.filename}`, url, page.body, expected);
  return Buffer.from(page.body).toString('utf8');
}

/** What a wheel of a known hash says about itself never changes. */
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
    const message = `${data.url} is no wheel: its metadata is known only after it has been unpacked.`;
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

async function readRemoteWheel(session: Session, file: IndexFile): Promise<Buffer> {
  try {
    return await readZipMember(await rangeSource(session, file.url), isMetadataOf(file));
  } catch (error) {
    if (!(error instanceof RangeRefused)) throw error;
  }
  const headers = { 'accept-encoding': 'identity' };
  const whole = await session.request(file.url, { headers }, async (response, url) => {
    if (response.status !== 200) throw statusError(url, response.status);
    return readRawBody(response, url, wheelLimit);
  });
  const { sha256 } = file.hashes;
  if (sha256 !== undefined) checkHash(file.filename, new URL(file.url), whole, sha256);
  const source = { size: whole.length, read: async (start: number, n: number) => whole.subarray(start, start + n) };
  return readZipMember(source, isMetadataOf(file));
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
    return await readZipMember(source, isMetadataOf(file));
  } finally {
    closeSync(fd);
  }
}

function isMetadataOf({ filename }: IndexFile): (name: string) => boolean {
  const project = normalizeName(filename.slice(0, filename.indexOf('-')));
  return (name) => {
    const match = /^([^/-]+)-[^/]*\.dist-info\/METADATA$/.exec(name);
    return match !== null && normalizeName(match[1]!) === project;
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
