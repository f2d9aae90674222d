// An object into a file, hashed and written while more of it arrives. What is longer than it should be is cut off at its
// first byte too many, so that a huge object costs no disk; what is small is verified before it is written.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { RemoteError } from '../errors.ts';
import type { RemoteObject } from '../ports.ts';
import { asRemoteError } from '../transport/transport.ts';
import { FileSink } from './file-sink.ts';

/** What an object has to be. */
export interface ExpectedContent {
  /** In hex. */
  readonly sha256: string;
  /** In bytes, where it is known. */
  readonly size?: number | undefined;
}

/** Without a size that is known, nothing larger is written to the disk. */
const largest = 16 * 1024 ** 3;

/** What is smaller is held until it was verified, and written at once. */
const heldBytes = 1 << 18;

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
  const size = object.size ?? expected.size;
  if (size !== undefined && size > limit) {
    object.body.destroy();
    throw altered(`more than ${limit} bytes`);
  }
  if (expected.size !== undefined && size !== expected.size) {
    object.body.destroy();
    throw altered(`${size} bytes, not ${expected.size}`);
  }
  const held: Buffer[] = [];
  let received = 0;
  let sink: FileSink | undefined;
  try {
    await eachChunk(object.body, name, (chunk) => {
      received += chunk.length;
      if (received > limit) throw altered(`more than ${limit} bytes`);
      if (sink !== undefined) return sink.add(chunk);
      held.push(chunk);
      if (received < heldBytes && (size ?? 0) < heldBytes) return undefined;
      sink = new FileSink(targetPath);
      for (const early of held.splice(0)) sink.add(early);
      return undefined;
    });
    if (expected.size !== undefined && received !== expected.size)
      throw altered(`${received} bytes, not ${expected.size}`);
    const whole = sink === undefined ? Buffer.concat(held) : undefined;
    const found = whole === undefined ? await sink!.finish() : createHash('sha256').update(whole).digest('hex');
    if (found !== expected.sha256) throw altered(`their sha256 is ${found}`);
    if (whole !== undefined) {
      sink = new FileSink(targetPath);
      sink.add(whole);
      await sink.finish();
    }
    return received;
  } catch (error) {
    await sink?.discard();
    throw error;
  } finally {
    object.body.destroy();
  }
}

/**
 * Calls `take` with each chunk of a body, without a promise for each; one that `take` gives is waited for. A connection that
 * fails is a failure of the remote; what `take` throws passes.
 */
function eachChunk(body: Readable, name: string, take: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      body.off('data', onData);
      reject(error);
      body.destroy();
    };
    const onData = (chunk: Buffer) => {
      try {
        const pause = take(chunk);
        if (pause === undefined) return;
        body.pause();
        pause.then(() => body.resume(), failed);
      } catch (error) {
        failed(error);
      }
    };
    body.once('end', resolve);
    body.once('error', (error) => reject(asRemoteError(error, name)));
    body.once('close', () => reject(asRemoteError(new Error('the body ended too early'), name)));
    body.on('data', onData);
  });
}
