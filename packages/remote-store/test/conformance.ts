// What every backend of the port has to do, as one list of tests: run against the server of testkit, a real engine, an HTTP
// cache and the remote in memory that the model tests use.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import type { RemoteKey, RemoteStore } from '../src/index.ts';

export function sha256Of(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A key that no other test uses. */
export function freshKey(space: 'cas' | 'ac' | 'lease' | 'probe' = 'cas'): RemoteKey {
  return `${space}/${sha256Of(randomBytes(16))}`;
}

export async function readObject(remote: RemoteStore, key: RemoteKey): Promise<{ text: string; etag: string }> {
  const object = await remote.get(key);
  if (typeof object === 'string') throw new Error(`${key} is ${object}`);
  return { text: (await buffer(object.body)).toString(), etag: object.etag };
}

/** Registers the tests of the port. `open` gives the remote, a new one or the same. */
export function testConformance(openRemote: () => Promise<RemoteStore> | RemoteStore): void {
  const put = (remote: RemoteStore, key: RemoteKey, text: string) =>
    remote.putIfAbsent(key, Buffer.from(text), sha256Of(text));

  test('a key that nothing was written to is absent', async () => {
    const remote = await openRemote();
    expect(await remote.get(freshKey())).toBe('absent');
    expect(await remote.has(freshKey())).toBeUndefined();
  });

  test('an object is read back whole, with its size and version', async () => {
    const remote = await openRemote();
    const key = freshKey();
    expect(await put(remote, key, 'the content')).toMatchObject({ etag: expect.any(String) });
    const object = await remote.get(key);
    if (typeof object === 'string') throw new Error(object);
    expect([object.size, (await buffer(object.body)).toString()]).toEqual([11, 'the content']);
    expect(await remote.has(key)).toMatchObject({ size: 11, etag: object.etag });
  });

  test('a second put leaves what is there', async () => {
    const remote = await openRemote();
    const key = freshKey();
    await put(remote, key, 'first');
    expect(await put(remote, key, 'second')).toBe('present');
    expect((await readObject(remote, key)).text).toBe('first');
  });

  test('an object that has not changed is not sent again', async () => {
    const remote = await openRemote();
    const key = freshKey();
    await put(remote, key, 'the content');
    const { etag } = await readObject(remote, key);
    expect(await remote.get(key, { etag })).toBe('same');
  });

  test('a file of a few megabytes goes up and comes back as it was', async () => {
    const remote = await openRemote();
    const data = randomBytes(3_000_001);
    const file = path.join(temporaryDir(), 'wheel');
    writeFileSync(file, data);
    const handle = await open(file);
    try {
      const key: RemoteKey = `cas/${sha256Of(data)}`;
      const body = { file: handle, size: data.length };
      expect(await remote.putIfAbsent(key, body, sha256Of(data))).not.toBe('present');
      expect(await remote.putIfAbsent(key, body, sha256Of(data))).toBe('present');
      const object = await remote.get(key);
      if (typeof object === 'string') throw new Error(object);
      expect(sha256Of(await buffer(object.body))).toBe(sha256Of(data));
    } finally {
      await handle.close();
    }
  });

  test('a write over the version that was read replaces it', async () => {
    const remote = await openRemote();
    const key = freshKey();
    await put(remote, key, 'first');
    const { etag } = await readObject(remote, key);
    expect(await remote.replace(key, Buffer.from('second'), sha256Of('second'), etag)).not.toBe('lost');
    expect((await readObject(remote, key)).text).toBe('second');
  });

  test('an abort ends a call with its reason', async () => {
    const remote = await openRemote();
    const reason = new Error('no longer wanted');
    await expect(remote.get(freshKey(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
}

/** The tests of a backend whose conditions hold. */
export function testConditions(openRemote: () => Promise<RemoteStore> | RemoteStore): void {
  const put = (remote: RemoteStore, key: RemoteKey, text: string) =>
    remote.putIfAbsent(key, Buffer.from(text), sha256Of(text));

  test('exactly one of fifty writers of one key stores its object', async () => {
    const remote = await openRemote();
    for (let round = 0; round < 3; round += 1) {
      const key = freshKey('lease');
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => put(remote, key, `writer ${n}`)));
      const winner = outcomes.findIndex((outcome) => outcome !== 'present');
      expect(outcomes.filter((outcome) => outcome !== 'present')).toHaveLength(1);
      expect((await readObject(remote, key)).text).toBe(`writer ${winner}`);
    }
  });

  test('exactly one of twenty writers replaces a version', async () => {
    const remote = await openRemote();
    const key = freshKey('lease');
    const first = await put(remote, key, 'first');
    if (first === 'present') throw new Error('bug: a fresh key is present');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => remote.replace(key, Buffer.from(`${n}`), sha256Of(`${n}`), first.etag)),
    );
    expect(outcomes.filter((outcome) => outcome !== 'lost')).toHaveLength(1);
  });

  test('a write over another version, or over nothing, is lost and changes nothing', async () => {
    const remote = await openRemote();
    const key = freshKey('lease');
    const first = await put(remote, key, 'first');
    if (first === 'present') throw new Error('bug: a fresh key is present');
    await remote.replace(key, Buffer.from('second'), sha256Of('second'), first.etag);
    expect(await remote.replace(key, Buffer.from('third'), sha256Of('third'), first.etag)).toBe('lost');
    expect((await readObject(remote, key)).text).toBe('second');
    expect(await remote.replace(freshKey(), Buffer.from('x'), sha256Of('x'), first.etag)).toBe('lost');
  });

  test('a part of an object is read alone', async () => {
    const remote = await openRemote();
    const key = freshKey();
    await put(remote, key, '0123456789');
    const object = await remote.get(key, { range: [2, 4] });
    if (typeof object === 'string') throw new Error(object);
    expect((await buffer(object.body)).toString()).toBe('234');
  });

  test('a body that is not what its hash says is refused', async () => {
    const remote = await openRemote();
    if (!remote.traits.bodyHash) return;
    const key = freshKey();
    const wrong = remote.putIfAbsent(key, Buffer.from('other bytes'), sha256Of('the bytes'));
    await expect(wrong).rejects.toMatchObject({ code: 'REMOTE_ALTERED' });
    expect(await remote.get(key)).toBe('absent');
  });

  test('a large file goes up in parts, under the same condition', async () => {
    const remote = await openRemote();
    const data = Buffer.alloc(66 * 1024 * 1024 + 7, randomBytes(1 << 16));
    const file = path.join(temporaryDir(), 'wheel');
    writeFileSync(file, data);
    const handle = await open(file);
    try {
      const key: RemoteKey = `cas/${sha256Of(data)}`;
      const body = { file: handle, size: data.length };
      const outcomes = await Promise.all([1, 2].map(() => remote.putIfAbsent(key, body, sha256Of(data))));
      expect(outcomes.filter((outcome) => outcome !== 'present')).toHaveLength(1);
      const object = await remote.get(key);
      if (typeof object === 'string') throw new Error(object);
      const hash = createHash('sha256');
      for await (const chunk of object.body) hash.update(chunk as Buffer);
      expect(hash.digest('hex')).toBe(sha256Of(data));
    } finally {
      await handle.close();
    }
  });
}
