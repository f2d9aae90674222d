// Reads the content of one zip entry and checks its size and CRC: a small file whole, since a stream or a thread for each
// costs more than the work; a large one in pieces.
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { crc32Of, tryInflateRaw } from '@wheelwright/syscalls';
import { ArchivesError } from './archives-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { ZipFileEntry } from './zip-entry.ts';

// Of a large file. The pieces in flight are what it takes of memory.
const pieceSize = 256 * 1024;

/**
 * All of it. Throws WHEEL_CORRUPT, having held no more in memory than the header announced. Without a `scratch` the content
 * is the caller's to keep.
 */
export function readContent(source: ByteSource, entry: ZipFileEntry, scratch?: Scratch): Buffer {
  const from = scratch === undefined ? source.read : source.borrow;
  const compressed = from.call(source, entry.dataOffset, entry.compressedSize);
  const content = entry.deflated ? inflate(source, entry, compressed, scratch) : compressed;
  if (content.length !== entry.size) throw corrupt(source, entry, wrongSize);
  if (crc32Of(content) !== entry.crc) throw corrupt(source, entry, wrongCrc);
  return content;
}

/** Memory that content after content is inflated into: what was read last is valid until the next is. */
export class Scratch {
  #memory = Buffer.alloc(0);

  take(size: number): Buffer {
    // Doubled, so that few sizes are tried.
    if (this.#memory.length < size)
      this.#memory = Buffer.allocUnsafeSlow(Math.max(smallestScratch, 2 ** Math.ceil(Math.log2(size))));
    return this.#memory.subarray(0, size);
  }
}

const emptyStream = Buffer.from([3, 0]);
const smallestScratch = 256 * 1024;

/** In pieces, inflated in the pool. Throws WHEEL_CORRUPT, perhaps only after the last piece. */
export async function* streamContent(source: ByteSource, entry: ZipFileEntry): AsyncGenerator<Buffer> {
  let [size, crc] = [0, 0];
  for await (const piece of entry.deflated ? inflateStream(source, entry) : compressedPieces(source, entry)) {
    size += piece.length;
    crc = crc32Of(piece, crc);
    if (size > entry.size) break;
    yield piece;
  }
  if (size !== entry.size) throw corrupt(source, entry, wrongSize);
  if (crc !== entry.crc) throw corrupt(source, entry, wrongCrc);
}

function inflate(source: ByteSource, entry: ZipFileEntry, compressed: Buffer, scratch?: Scratch): Buffer {
  // Every archive has empty modules, and a native call has no memory to point at for them.
  if (entry.size === 0 && compressed.equals(emptyStream)) return Buffer.alloc(0);
  const target = scratch?.take(entry.size) ?? Buffer.allocUnsafe(entry.size);
  if (entry.size > 0 && tryInflateRaw(compressed, target) === true) return target;
  // There is no libdeflate, or zlib says what is wrong.
  return inflateByNode(source, entry, compressed);
}

function inflateByNode(source: ByteSource, entry: ZipFileEntry, compressed: Buffer): Buffer {
  let result: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // One chunk of the announced size, so that nothing is put together afterwards. The engine tells what it consumed.
    const chunkSize = Math.max(64, entry.size + 1);
    const options = { chunkSize, maxOutputLength: Math.max(1, entry.size), info: true };
    result = inflateRawSync(compressed, options) as unknown as typeof result;
  } catch (error) {
    throw corrupt(source, entry, notDeflated, error);
  }
  if (result.engine.bytesWritten !== compressed.length) throw corrupt(source, entry, dataAfterEnd);
  return result.buffer;
}

async function* inflateStream(source: ByteSource, entry: ZipFileEntry): AsyncGenerator<Buffer> {
  const engine = createInflateRaw({ chunkSize: pieceSize });
  // A failure on either side ends the other; it is thrown by the loop.
  pipeline(Readable.from(compressedPieces(source, entry)), engine, () => undefined);
  try {
    yield* engine;
  } catch (error) {
    throw corrupt(source, entry, notDeflated, error);
  }
  if (engine.bytesWritten !== entry.compressedSize) throw corrupt(source, entry, dataAfterEnd);
}

function* compressedPieces(source: ByteSource, { dataOffset, compressedSize }: ZipFileEntry): Generator<Buffer> {
  const end = dataOffset + compressedSize;
  for (let at = dataOffset; at < end; at += pieceSize) yield source.read(at, Math.min(pieceSize, end - at));
}

const wrongSize = 'has another size than its header says';
const wrongCrc = 'does not have the checksum that its header says';
const notDeflated = 'cannot be inflated to what its header says';
const dataAfterEnd = 'has data after its end';

function corrupt(source: ByteSource, entry: ZipFileEntry, fault: string, cause?: unknown): ArchivesError {
  return new ArchivesError(
    'WHEEL_CORRUPT',
    `${source.label} is damaged: the entry ${JSON.stringify(entry.path)} ${fault}.`,
    {
      hint: 'Download it again; if that changes nothing, it was published damaged.',
      cause,
      data: { archive: source.label, entry: entry.path },
    },
  );
}
