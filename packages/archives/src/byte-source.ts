// Synchronous random access to the bytes of an archive. An archive of up to 64 MiB is read once, so that a write to the
// file between check and unpacking has no effect. A larger one, or one that no process writes to, is read in windows.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';

export interface ByteSource {
  /** For messages. */
  readonly label: string;
  readonly size: number;
  /** The whole file when it is in memory. */
  readonly whole: Buffer | undefined;
  /** Fewer bytes than asked for only at the end. Valid until the source is closed; not to be written to. */
  read(position: number, length: number): Buffer;
  /** The same, valid until the next `borrow`: a large archive is read into memory that is used again. */
  borrow(position: number, length: number): Buffer;
  close(): void;
}

const inMemoryLimit = 64 * 1024 * 1024;
const stillLimit = 8 * 1024 * 1024;
const windowSize = 64 * 1024;

/** `isStill`: no process writes to the file while it is open, so a large one need not be read into memory. */
export function openSource(archive: string | Uint8Array, label?: string, isStill = false): ByteSource {
  if (typeof archive !== 'string') return memorySource(archive, label ?? 'archive');
  const fd = openSync(archive, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size > (isStill ? stillLimit : inMemoryLimit)) return windowSource(fd, size, archive);
    const whole = readFully(fd, 0, size);
    closeSync(fd);
    return memorySource(whole, archive);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The last component of an archive's path, which is the name that the standards speak of. */
export function archiveName(archive: string | Uint8Array, filename: string | undefined): string {
  return filename ?? (typeof archive === 'string' ? path.basename(archive) : '');
}

function memorySource(bytes: Uint8Array, label: string): ByteSource {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    label,
    size: whole.length,
    whole,
    read: (position, length) => whole.subarray(position, position + length),
    borrow: (position, length) => whole.subarray(position, position + length),
    close: () => {},
  };
}

function windowSource(fd: number, size: number, label: string): ByteSource {
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  let lent = Buffer.alloc(0);
  return {
    label,
    size,
    whole: undefined,
    read(position, length) {
      if (length >= windowSize) return readFully(fd, position, Math.min(length, size - position));
      if (position < start || position + length > start + window.length) {
        // A walk towards the end finds the next records in the window; the records at the end fit into one.
        start = Math.max(0, Math.min(position, size - windowSize));
        window = readFully(fd, start, Math.min(windowSize, size - start));
      }
      return window.subarray(position - start, position - start + length);
    },
    borrow(position, length) {
      if (lent.length < length) lent = Buffer.allocUnsafeSlow(length);
      return fill(lent.subarray(0, length), fd, position);
    },
    close: () => closeSync(fd),
  };
}

function readFully(fd: number, position: number, length: number): Buffer {
  return fill(Buffer.allocUnsafe(Math.max(0, length)), fd, position);
}

function fill(buffer: Buffer, fd: number, position: number): Buffer {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(fd, buffer, done, buffer.length - done, position + done);
    if (count === 0) return buffer.subarray(0, done);
    done += count;
  }
  return buffer;
}
