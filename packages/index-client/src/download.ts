// A file brought to a path: written aside in the same directory, hashed on the way, checked against every hash and the
// size that are known, and only then renamed. A reader of `targetPath` finds the complete, verified file.
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { finished, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { atPath, isErrno, redactUrls } from '@wheelwright/errors';
import { IndexError, statusError } from './errors.ts';
import { contentLength, IncompleteBody } from './read-body.ts';
import type { Session } from './session.ts';
import type { DownloadableFile, DownloadOptions } from './types.ts';

export interface Downloaded {
  readonly sha256: string;
  readonly size: number;
  /** The bytes, where they were kept in memory; then there is no file. */
  readonly bytes?: Uint8Array | undefined;
}

const algorithms = new Map([
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['sha224', 'sha224'],
  ['sha1', 'sha1'],
  ['md5', 'md5'],
  ['blake2b', 'blake2b512'],
]);

export async function downloadFile(
  session: Session,
  file: DownloadableFile,
  targetPath: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const url = new URL(file.url);
  if (url.protocol === 'file:') return copyLocal(fileURLToPath(url), file, targetPath, options);
  // Not decoded on any account: what is hashed is what the index named.
  const headers = { accept: '*/*', 'accept-encoding': 'identity' };
  return session.request(file.url, { headers, signal: options.signal }, async (response, from) => {
    if (response.status !== 200) throw statusError(from, response.status);
    return receive(response.body, contentLength(response), file, targetPath, options);
  });
}

async function copyLocal(sourcePath: string, file: DownloadableFile, targetPath: string, options: DownloadOptions) {
  const body = createReadStream(sourcePath, { highWaterMark: 1024 * 1024 });
  try {
    return await receive(body, undefined, file, targetPath, options);
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT', 'EISDIR') || (cause as NodeJS.ErrnoException).path !== sourcePath) throw cause;
    throw new IndexError('INDEX_NOT_FOUND', `${sourcePath} is not a file that is there.`, {
      cause,
      data: { url: file.url },
    });
  } finally {
    body.destroy();
  }
}

async function receive(
  body: Readable,
  announced: number | undefined,
  file: DownloadableFile,
  targetPath: string,
  { signal, onProgress, memoryLimit = 0 }: DownloadOptions,
): Promise<Downloaded> {
  const hashes = hashesFor(file);
  const total = file.size ?? announced;
  const place = total !== undefined && total <= memoryLimit ? new MemoryPlace(total) : new FilePlace(targetPath);
  let received = 0;
  try {
    await eachChunk(body, (chunk) => {
      signal?.throwIfAborted();
      received += chunk.length;
      if (received > (file.size ?? announced ?? Number.POSITIVE_INFINITY)) return false;
      for (const hash of hashes.values()) hash.update(chunk);
      place.write(chunk);
      onProgress?.({ received, total });
      return true;
    });
    if (file.size !== undefined && received > file.size) throw wrongSize(file, file.size, received);
    if (announced !== undefined && received !== announced) throw new IncompleteBody(received, announced);
    if (file.size !== undefined && received !== file.size) throw wrongSize(file, file.size, received);
    const sha256 = verify(file, hashes);
    const bytes = place.finish();
    return { sha256, size: received, ...(bytes === undefined ? {} : { bytes }) };
  } catch (error) {
    place.discard();
    throw error;
  }
}

/**
 * Gives every chunk of `body` to `use`, at the moment in which it comes: a promise for each costs more than the chunk. Ends
 * early where `use` gives false. Rejects with what `use` throws and with what a body fails of, as an iteration of it would.
 */
function eachChunk(body: Readable, use: (chunk: Buffer) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = finished(body, { writable: false }, (error) => (error ? reject(error) : resolve()));
    const onData = (chunk: Buffer) => {
      try {
        if (use(chunk)) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      body.off('data', onData);
      leave();
      body.destroy();
    };
    body.on('data', onData);
  });
}

/** Where the bytes of a download go until all of it was verified. */
interface Place {
  write(chunk: Buffer): void;
  /** Gives the file its name, or gives the bytes. */
  finish(): Uint8Array | undefined;
  /** Keeps nothing. Never throws: the first error matters. */
  discard(): void;
}

class MemoryPlace implements Place {
  readonly #bytes: Buffer;
  #length = 0;

  constructor(size: number) {
    // Memory of its own, so that it can be given to another thread.
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  write(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#bytes.length) throw new Error('bug: more bytes than were announced.');
    this.#length += chunk.copy(this.#bytes, this.#length);
  }

  finish(): Uint8Array {
    return this.#bytes;
  }

  discard(): void {}
}

class FilePlace implements Place {
  readonly #targetPath: string;
  readonly #partPath: string;
  #fd: number | undefined;

  constructor(targetPath: string) {
    const name = `.${path.basename(targetPath).slice(0, 100)}.${randomBytes(6).toString('hex')}.part`;
    this.#targetPath = targetPath;
    this.#partPath = path.join(path.dirname(targetPath), name);
    this.#fd = openSync(this.#partPath, 'wx', 0o666);
  }

  write(chunk: Buffer): void {
    writeAll(this.#fd!, chunk, this.#partPath);
  }

  finish(): undefined {
    const fd = this.#fd!;
    this.#fd = undefined;
    closeSync(fd);
    renameSync(this.#partPath, this.#targetPath);
  }

  discard(): void {
    discard(this.#fd, this.#partPath);
  }
}

/** A hash for each algorithm given that Node knows; sha256 always. */
function hashesFor(file: DownloadableFile): Map<string, Hash> {
  const names = new Set(['sha256', ...Object.keys(file.hashes ?? {}).map((name) => name.toLowerCase())]);
  return new Map(
    [...names].flatMap((name): [string, Hash][] => {
      const algorithm = algorithms.get(name);
      return algorithm === undefined ? [] : [[name, createHash(algorithm)]];
    }),
  );
}

function verify(file: DownloadableFile, hashes: ReadonlyMap<string, Hash>): string {
  const digests = new Map([...hashes].map(([name, hash]) => [name, hash.digest('hex')]));
  const wrong = Object.entries(file.hashes ?? {}).filter(([name, expected]) => {
    const found = digests.get(name.toLowerCase());
    return found !== undefined && found !== expected.toLowerCase();
  });
  if (wrong.length === 0) return digests.get('sha256')!;
  const [algorithm, expected] = wrong[0]!;
  const url = redactUrls(file.url);
  const stated = wrong.map(([name, digest]) => `${name}:${digest}`.toLowerCase());
  const found = wrong.map(([name]) => `${name}:${digests.get(name.toLowerCase())}`.toLowerCase());
  const message = `${url} does not have the hash that was stated for it: expected ${stated.join(' and ')}, found ${found.join(' and ')}.`;
  throw new IndexError('INDEX_HASH_MISMATCH', message, {
    hint: 'Do not use it: the file, the index or the way to it has been changed.',
    data: { url, algorithm, expected, found: digests.get(algorithm.toLowerCase()) },
  });
}

function wrongSize(file: DownloadableFile, expected: number, found: number): IndexError {
  const url = redactUrls(file.url);
  const seen = found > expected ? 'more' : String(found);
  return new IndexError('INDEX_HASH_MISMATCH', `${url} should have ${expected} bytes and has ${seen}.`, {
    hint: 'Do not use it: the file, the index or the way to it has been changed.',
    data: { url, algorithm: 'size', expected, found },
  });
}

function writeAll(fd: number, chunk: Uint8Array, partPath: string): void {
  try {
    for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
  } catch (error) {
    throw atPath(error, partPath);
  }
}

function discard(fd: number | undefined, partPath: string): void {
  try {
    if (fd !== undefined) closeSync(fd);
    rmSync(partPath, { force: true });
  } catch {
    // the first error matters; a leftover has a name of its own and is never mistaken for the file
  }
}
