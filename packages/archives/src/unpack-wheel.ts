// A wheel unpacked into a sink, every file held against its size, its CRC and its hash in RECORD on the way.
import { createHash } from 'node:crypto';
import { openWheel, type WheelDescription } from './open-wheel.ts';
import { directoriesOf, type TreeSink } from './tree-sink.ts';
import { mismatch } from './wheel-record.ts';
import { readContent } from './zip-content.ts';

export interface UnpackWheelOptions {
  /** Where the file on disk is called otherwise, or where the wheel is in memory. */
  readonly filename?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks a whole wheel. What its structure gives away is refused before the first call of the sink; content that
 * differs from RECORD is refused when it is met, so on any throw the caller discards what the sink has received.
 * Throws WHEEL_… and the signal's reason.
 */
export async function unpackWheel(
  wheel: string | Uint8Array,
  sink: TreeSink,
  options: UnpackWheelOptions = {},
): Promise<WheelDescription> {
  options.signal?.throwIfAborted();
  const { source, description, entries } = openWheel(wheel, options.filename);
  try {
    const expected = new Map(description.files.map(({ path, sha256 }) => [path, sha256]));
    for (const directory of directoriesOf(expected.keys())) sink.directory(directory);
    for (const entry of entries) {
      options.signal?.throwIfAborted();
      const content = readContent(source, entry);
      const found = createHash('sha256').update(content).digest('hex');
      if (found !== expected.get(entry.path)) {
        throw mismatch(source.label, `${entry.path} differs from its hash`, entry.path);
      }
      sink.file(entry.path, content, entry.executable);
    }
    return description;
  } finally {
    source.close();
  }
}
