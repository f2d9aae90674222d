// A small body read whole, bounded: an answer cannot fill the memory.
import type { Readable } from 'node:stream';
import { asRemoteError } from './transport.ts';

/** At most `limit` bytes of `body`; undefined where it is longer. An error of the body passes. */
export async function readBounded(body: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      body.destroy();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/**
 * Reads the body of an object of the remote `name` as {@link readBounded} does. Throws REMOTE_UNREACHABLE where the
 * connection breaks off, and the signal's reason where that is why.
 */
export async function readObject(
  body: Readable,
  limit: number,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal | undefined },
): Promise<Buffer | undefined> {
  try {
    return await readBounded(body, limit);
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : asRemoteError(error, name);
  }
}

/** Reads what is left of a small answer so that its connection can be used again; a long one is cut. */
export async function drain(body: Readable): Promise<void> {
  await readBounded(body, 1 << 16).catch(() => undefined);
}
