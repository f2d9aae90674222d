// The bytes of an open file, read by position: the handle has no place of its own, so that several reads share it.
import type { FileHandle } from 'node:fs/promises';
import { RemoteError } from '../errors.ts';

/** How much of a file is in memory at once. */
export const chunkBytes = 1 << 18;

/**
 * The first `size` bytes.
 * @throws RemoteError REMOTE_ALTERED where the file is shorter.
 */
export async function* fileChunks(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(chunkBytes, size - at)), 0, null, at);
    if (bytesRead === 0) throw new RemoteError('REMOTE_ALTERED', 'A file became shorter while it was read.');
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
