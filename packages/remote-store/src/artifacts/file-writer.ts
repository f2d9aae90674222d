// A file that grows while its bytes still arrive: one write is under way at a time, and takes all that has come meanwhile.
import { close, closeSync, openSync, rmSync, writev } from 'node:fs';

/** Writes a file that is not there yet. After `end` it is whole, not synced; after `discard` it is gone. */
export class FileWriter {
  readonly #targetPath: string;
  readonly #fd: number;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #isWriting = false;
  #error: Error | undefined;
  /** Called when nothing is under way any more. */
  #onIdle: (() => void) | undefined;

  /** @throws the error of the disk where something is at the path, or nothing can be put there. */
  constructor(targetPath: string) {
    this.#targetPath = targetPath;
    this.#fd = openSync(targetPath, 'wx', 0o644);
  }

  /** Adds to the end, and gives how many bytes wait for the disk. An error of the disk is thrown by the next call. */
  add(chunks: readonly Buffer[]): number {
    if (this.#error !== undefined) throw this.#error;
    for (const chunk of chunks) this.#waiting += chunk.length;
    this.#chunks.push(...chunks);
    this.#next();
    return this.#waiting;
  }

  /** Resolves when nothing waits for the disk. */
  async drained(): Promise<void> {
    await this.#idle();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Writes what is left and closes the file. */
  async end(): Promise<void> {
    await this.drained();
    await new Promise<void>((resolve, reject) => {
      close(this.#fd, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  }

  /** Closes and removes the file. */
  async discard(): Promise<void> {
    this.#chunks = [];
    await this.#idle();
    closeSync(this.#fd);
    rmSync(this.#targetPath, { force: true });
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isWriting) this.#onIdle = resolve;
      else resolve();
    });
  }

  #next(): void {
    if (this.#isWriting || this.#chunks.length === 0 || this.#error !== undefined) return;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#isWriting = true;
    const wanted = chunks.reduce((sum, { length }) => sum + length, 0);
    writev(this.#fd, chunks, (error, written) => {
      this.#isWriting = false;
      if (error !== null) this.#error = error;
      else if (written < wanted) this.#chunks.unshift(...rest(chunks, written));
      this.#waiting -= written ?? 0;
      this.#next();
      if (!this.#isWriting) this.#onIdle?.();
    });
  }
}

/** What of `chunks` is behind their first `written` bytes. */
function rest(chunks: readonly Buffer[], written: number): Buffer[] {
  let left = written;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    return skipped === chunk.length ? [] : [chunk.subarray(skipped)];
  });
}
