// The sha256 of a file of any size.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const pieceSize = 1024 * 1024;

/** The sha256 of the file at `path`, in hex. Reads it in pieces of 1 MiB. Throws what the file system throws. */
export async function hashFile(path: string): Promise<string> {
  const fd = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(pieceSize);
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) hash.update(piece.subarray(0, count));
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}
