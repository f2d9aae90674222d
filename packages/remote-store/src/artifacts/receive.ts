// An object into a file, hashed while it is written. What is longer than it should be is cut off at its first byte too
// many, so that a huge object costs no disk.
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { RemoteError } from '../errors.ts';
import type { RemoteObject } from '../ports.ts';
import { asRemoteError } from '../transport/transport.ts';

/** What an object has to be. */
export interface ExpectedContent {
  /** In hex. */
  readonly sha256: string;
  /** In bytes, where it is known. */
  readonly size?: number | undefined;
}

/** Without a size that is known, nothing larger is written to the disk. */
const largest = 16 * 1024 ** 3;

/**
 * Writes `object` to `targetPath`, where nothing is yet, and gives its size. Not synced.
 * @throws RemoteError REMOTE_ALTERED where it is not what was expected; nothing is left at the path then.
 */
export async function receiveFile(
  object: RemoteObject,
  targetPath: string,
  expected: ExpectedContent,
  name: string,
): Promise<number> {
  const limit = expected.size ?? largest;
  const altered = (what: string) =>
    new RemoteError('REMOTE_ALTERED', `${name} holds other bytes under ${expected.sha256}: ${what}.`, {
      data: { remote: name, expected: expected.sha256 },
    });
  if (object.size !== undefined && expected.size !== undefined && object.size !== expected.size) {
    object.body.destroy();
    throw altered(`${object.size} bytes, not ${expected.size}`);
  }
  const file = await open(targetPath, 'wx', 0o644);
  let isWhole = false;
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of bytesOf(object, name)) {
      size += chunk.length;
      if (size > limit) throw altered(`more than ${limit} bytes`);
      hash.update(chunk);
      await writeWhole(file, chunk);
    }
    if (expected.size !== undefined && size !== expected.size) throw altered(`${size} bytes, not ${expected.size}`);
    const found = hash.digest('hex');
    if (found !== expected.sha256) throw altered(`their sha256 is ${found}`);
    isWhole = true;
    return size;
  } finally {
    object.body.destroy();
    await file.close();
    if (!isWhole) await rm(targetPath, { force: true });
  }
}

/** The chunks of an object; a connection that fails is a failure of the remote. */
export async function* bytesOf({ body }: RemoteObject, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw asRemoteError(error, name);
  }
}

async function writeWhole(file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
}
