// Unpacks a wheel into a sink and checks every file against its size, its CRC and its hash in RECORD on the way.

import { createHash } from 'node:crypto';
import type { ByteSource } from './byte-source.ts';
import { sha256 } from './hashes.ts';
import { openWheel, type WheelDescription } from './open-wheel.ts';
import { directoriesOf, type TreeSink } from './tree-sink.ts';
import { type IncompleteRecord, mismatch } from './wheel-record.ts';
import { readContent, Scratch, streamContent } from './zip-content.ts';
import type { ZipFileEntry } from './zip-entry.ts';

/** What {@link unpackWheel} needs beside the wheel and the sink. */
export interface UnpackWheelOptions {
  /** The file name of the wheel, where the path has another one or the wheel is in memory. */
  readonly filename?: string | undefined;
  /** `warn` by default. */
  readonly incomplete?: IncompleteRecord | undefined;
  /** Promises that no other process writes to the file. Then a file of more than 8 MiB is not read into memory. False by default. */
  readonly isStill?: boolean | undefined;
  /** Ends the work between two files; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks a whole wheel. Throws WHEEL_… before the first call of the sink where the structure of the archive breaks a
 * rule. Content that contradicts its size, its CRC or RECORD is refused when it is met: a file of up to 8 MiB never
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
    let sinceYield = 0;
    for (const entry of entries) {
      options.signal?.throwIfAborted();
      await files.unpack(entry);
      sinceYield += entry.size;
      if (sinceYield < yieldAfter) continue;
      sinceYield = 0;
      await nextTurn();
    }
    return description;
  } finally {
    source.close();
  }
}

// From this size in bytes on a file passes in pieces: inflated in the pool, hashed and written here.
const largeSize = 8 * 1024 * 1024;

// One for all wheels that this thread unpacks: fresh memory costs more than what is put into it.
const scratch = new Scratch();

// So many bytes are unpacked between two looks at what else the thread has to do: an abort, a download.
const yieldAfter = 4 * 1024 * 1024;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class FileChecker {
  readonly #source: ByteSource;
  readonly #expected: ReadonlyMap<string, string>;
  readonly #sink: TreeSink;

  constructor(source: ByteSource, expected: ReadonlyMap<string, string>, sink: TreeSink) {
    this.#source = source;
    this.#expected = expected;
    this.#sink = sink;
  }

  /** Checks a file and hands it on. A promise for a large file, which takes a while; nothing for others. */
  unpack(entry: ZipFileEntry): Promise<void> | undefined {
    if (entry.size > largeSize && this.#sink.largeFile !== undefined) return this.#unpackLarge(entry, this.#sink);
    // Nothing is awaited between here and the sink, so no other wheel uses the scratch meanwhile. A file of any size that
    // this sink wants whole gets memory of its own.
    const content = readContent(this.#source, entry, entry.size > largeSize ? undefined : scratch);
    this.#checkHash(entry, sha256(content));
    this.#sink.file(entry.path, content, entry.executable);
    return undefined;
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

  #checkHash({ path }: ZipFileEntry, hash: string): void {
    if (hash === this.#expected.get(path)) return;
    throw mismatch(this.#source.label, `${path} differs from its hash`, path);
  }
}
