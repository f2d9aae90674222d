// Where the bytes of an object go while more of them arrive: into a file that was not there, and into a hash.
import { createHash } from 'node:crypto';
import { close, closeSync, openSync, rmSync, writev } from 'node:fs';
import { promisify } from 'node:util';

const gatheredBytes = 1 << 19;

/** So much may wait for the disk before the connection has to. */
const waitingBytes = 1 << 22;

const closeFile = promisify(close);

/**
 * A file that is written and hashed. One write is under way at a time, and takes all that has come meanwhile. The errors of
 * the disk are thrown by `add` or `finish`.
 */
export class FileSink {
  readonly #hash = createHash('sha256');
  readonly #targetPath: string;
  readonly #fd: number;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #writing: Promise<void> | undefined;
  #error: unknown;
  #isClosed = false;

  /** @throws the error of the disk where something is at the path, or nothing can be put there. */
  constructor(targetPath: string) {
    this.#targetPath = targetPath;
    this.#fd = openSync(targetPath, 'wx', 0o644);
  }

  /** Takes the bytes at once; a promise where the next ones have to wait for it. The chunk is the sink's from then on. */
  add(chunk: Buffer): Promise<void> | undefined {
    if (this.#error !== undefined) throw this.#error;
    this.#hash.update(chunk);
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes < gatheredBytes) return undefined;
    this.#writing ??= this.#write();
    return this.#gatheredBytes > waitingBytes ? this.#writing : undefined;
  }

  /** Resolves when all is written, not synced, and closed; gives its sha256 in hex. */
  async finish(): Promise<string> {
    await this.#writing;
    if (this.#error === undefined) await this.#write();
    if (this.#error !== undefined) throw this.#error;
    this.#isClosed = true;
    await closeFile(this.#fd);
    return this.#hash.digest('hex');
  }

  /** Closes and removes the file, also one that is finished or that failed. */
  async discard(): Promise<void> {
    this.#gathered = [];
    await this.#writing;
    if (!this.#isClosed) closeSync(this.#fd);
    this.#isClosed = true;
    rmSync(this.#targetPath, { force: true });
  }

  /** Until nothing is left, or the disk fails. Never rejects. */
  async #write(): Promise<void> {
    try {
      while (this.#gathered.length > 0) {
        const chunks = this.#gathered;
        this.#gathered = [];
        this.#gatheredBytes = 0;
        await writeWhole(this.#fd, chunks);
      }
    } catch (error) {
      this.#error = error;
    } finally {
      this.#writing = undefined;
    }
  }
}

async function writeWhole(fd: number, chunks: readonly Buffer[]): Promise<void> {
  for (let left = chunks; left.length > 0; ) {
    const written = await new Promise<number>((resolve, reject) => {
      writev(fd, left, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
    });
    left = behind(left, written);
  }
}

/** What of `chunks` is behind their first `bytes` bytes. */
function behind(chunks: readonly Buffer[], bytes: number): readonly Buffer[] {
  let skipped = bytes;
  return chunks.flatMap((chunk) => {
    const from = Math.min(skipped, chunk.length);
    skipped -= from;
    return from === chunk.length ? [] : [chunk.subarray(from)];
  });
}
