// Unpacks a wheel into a sink and checks every file against its size, its CRC and its hash in RECORD on the way.

import { createHash } from 'node:crypto';
import type { ByteSource } from './byte-source.ts';
import { sha256, sha256Beside, worthAThread } from './hashes.ts';
import { openWheel, type WheelDescription } from './open-wheel.ts';
import { directoriesOf, type TreeSink } from './tree-sink.ts';
import { type IncompleteRecord, mismatch } from './wheel-record.ts';
import { readContent, streamContent } from './zip-content.ts';
import type { ZipFileEntry } from './zip-entry.ts';

export interface UnpackWheelOptions {
  /** Where the file on disk is called otherwise, or where the wheel is in memory. */
  readonly filename?: string | undefined;
  /** `warn` by default. */
  readonly incomplete?: IncompleteRecord | undefined;
  /** Ends the work between two files; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks a whole wheel. Throws WHEEL_… before the first call of the sink where the structure of the archive breaks a
 * rule. Content that contradicts its size, its CRC or RECORD is refused when it is met: a file of up to 16 MiB never
 * reaches the sink then, a larger one may have reached `largeFile` in part or whole. Throws the signal's reason after an
 * abort. On any throw the caller discards what the sink has received.
 */
export async function unpackWheel(
  wheel: string | Uint8Array,
  sink: TreeSink,
  options: UnpackWheelOptions = {},
): Promise<WheelDescription> {
  options.signal?.throwIfAborted();
  const { source, description, entries } = openWheel(wheel, options);
  try {
    const expected = new Map(description.files.map((file) => [file.path, file.sha256]));
    for (const directory of directoriesOf(expected.keys())) sink.directory(directory);
    const files = new FileChecker(source, expected, sink);
    try {
      for (const entry of entries) {
        options.signal?.throwIfAborted();
        await files.unpack(entry);
      }
      await files.finish();
    } finally {
      files.stop();
    }
    return description;
  } finally {
    source.close();
  }
}

// What is being hashed elsewhere stays in memory until it is known to be right. A few pieces are enough to keep both
// threads busy, and small enough for their memory to be used again.
const mostInFlight = 8 * 1024 * 1024;

// From here on a file passes in pieces: inflated in the pool, hashed and written here.
const largeSize = 16 * 1024 * 1024;

class FileChecker {
  readonly #source: ByteSource;
  readonly #expected: ReadonlyMap<string, string>;
  readonly #sink: TreeSink;
  readonly #inFlight: { readonly size: number; readonly done: Promise<void> }[] = [];
  #bytesInFlight = 0;
  #stopped = false;

  constructor(source: ByteSource, expected: ReadonlyMap<string, string>, sink: TreeSink) {
    this.#source = source;
    this.#expected = expected;
    this.#sink = sink;
  }

  /** Checks a file and hands it on, perhaps only after some of the next. */
  async unpack(entry: ZipFileEntry): Promise<void> {
    if (entry.size > largeSize && this.#sink.largeFile !== undefined) return this.#unpackLarge(entry, this.#sink);
    const content = readContent(this.#source, entry);
    if (content.length < worthAThread) {
      this.#accept(entry, content, sha256(content));
      return;
    }
    const done = sha256Beside(content).then((hash) => this.#accept(entry, content, hash));
    // Looked at when its turn comes; until then a refusal must not count as unhandled.
    done.catch(() => undefined);
    this.#inFlight.push({ size: content.length, done });
    this.#bytesInFlight += content.length;
    while (this.#bytesInFlight > mostInFlight && this.#inFlight.length > 1) await this.#land();
  }

  async finish(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#land();
  }

  /** After a refusal nothing more reaches the sink, whatever is still being hashed. */
  stop(): void {
    this.#stopped = true;
  }

  async #unpackLarge(entry: ZipFileEntry, sink: TreeSink): Promise<void> {
    const hash = createHash('sha256');
    const file = sink.largeFile!(entry.path, entry.executable);
    try {
      for await (const piece of streamContent(this.#source, entry)) {
        hash.update(piece);
        file.write(piece);
      }
    } finally {
      file.end();
    }
    this.#checkHash(entry, hash.digest('hex'));
  }

  async #land(): Promise<void> {
    const first = this.#inFlight.shift()!;
    await first.done;
    this.#bytesInFlight -= first.size;
  }

  #accept(entry: ZipFileEntry, content: Buffer, hash: string): void {
    this.#checkHash(entry, hash);
    if (!this.#stopped) this.#sink.file(entry.path, content, entry.executable);
  }

  #checkHash({ path }: ZipFileEntry, hash: string): void {
    if (hash === this.#expected.get(path)) return;
    throw mismatch(this.#source.label, `${path} differs from its hash`, path);
  }
}
