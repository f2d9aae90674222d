// The content of one zip entry, checked against its size and CRC. Inflating is synchronous: for the small files that
// wheels are made of, a stream or a thread per file costs more than the work.
import { crc32, inflateRawSync } from 'node:zlib';
import { ArchivesError } from './archives-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { ZipFileEntry } from './zip-layout.ts';

/** All of it. Throws WHEEL_CORRUPT, having held no more in memory than the header announced. */
export function readContent(source: ByteSource, entry: ZipFileEntry): Buffer {
  const compressed = source.read(entry.dataOffset, entry.compressedSize);
  const content = entry.deflated ? inflate(source, entry, compressed) : compressed;
  if (content.length !== entry.size) throw corrupt(source, entry, 'has another size than its header says');
  if (crc32(content) !== entry.crc) throw corrupt(source, entry, 'does not have the checksum that its header says');
  return content;
}

function inflate(source: ByteSource, entry: ZipFileEntry, compressed: Buffer): Buffer {
  let result: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // One chunk of the announced size, so that nothing is put together afterwards. The engine tells what it consumed.
    const chunkSize = Math.max(64, entry.size + 1);
    const options = { chunkSize, maxOutputLength: Math.max(1, entry.size), info: true };
    result = inflateRawSync(compressed, options) as unknown as typeof result;
  } catch (error) {
    throw corrupt(source, entry, 'cannot be inflated to what its header says', error);
  }
  if (result.engine.bytesWritten !== compressed.length) throw corrupt(source, entry, 'has data after its end');
  return result.buffer;
}

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
