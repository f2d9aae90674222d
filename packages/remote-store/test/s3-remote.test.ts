import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type S3ServerOptions, startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type OpenRemoteOptions, openRemote } from '../src/index.ts';
import { freshKey, readObject, sha256Of, testConditions, testConformance } from './conformance.ts';

async function start(serverOptions: S3ServerOptions = {}, options: OpenRemoteOptions = {}) {
  const server = await startS3Server(serverOptions);
  onTestFinished(() => server.close());
  const remote = openRemote(`s3://bucket/team?endpoint=${server.origin}&region=${serverOptions.region ?? 'here'}`, {
    writable: true,
    credentials: () => testUser,
    deadlines: { firstByteMs: 200, stallMs: 300 },
    ...options,
  });
  onTestFinished(() => remote.close());
  return { server, remote };
}

describe('the port', () => {
  testConformance(async () => (await start()).remote);
  testConditions(async () => (await start({}, { deadlines: {} })).remote);
});

test('keys lie below the prefix, their layout and two digits', async () => {
  const { server, remote } = await start();
  const hash = sha256Of('x');
  await remote.putIfAbsent(`cas/${hash}`, Buffer.from('x'), hash);
  expect([...server.objects.keys()]).toEqual([`bucket/team/v1/cas/${hash.slice(0, 2)}/${hash}`]);
});

test('a read is one request', async () => {
  const { server, remote } = await start();
  await remote.get(freshKey());
  expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
});

test('a large upload asks first, so that a refusal never meets a body under way', async () => {
  const { server, remote } = await start();
  const data = Buffer.alloc(1 << 20, 7);
  await remote.putIfAbsent(freshKey(), data, sha256Of(data));
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'PUT']);
});

test.each([503, 429, 500])('a %i is tried again', async (status) => {
  const { server, remote } = await start();
  server.fail({ kind: 'status', status, headers: { 'retry-after': '0' } }, { times: 2 });
  expect(await remote.get(freshKey())).toBe('absent');
  expect(server.requests).toHaveLength(3);
});

test('a remote that keeps failing is unreachable after three tries', async () => {
  const { server, remote } = await start();
  server.fail({ kind: 'status', status: 503 });
  await expect(remote.get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE', data: { status: 503 } });
  expect(server.requests).toHaveLength(3);
});

test('a pause longer than 5 s is not waited for', async () => {
  const { server, remote } = await start();
  server.fail({ kind: 'status', status: 503, headers: { 'retry-after': '60' } });
  await expect(remote.get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
  expect(server.requests).toHaveLength(1);
});

test('a connection that is reset is tried again', async () => {
  const { server, remote } = await start();
  server.fail({ kind: 'reset' }, { times: 1 });
  expect(await remote.get(freshKey())).toBe('absent');
});

test('an upload of a file whose connection is reset is sent again from its start', async () => {
  const { server, remote } = await start();
  const file = path.join(temporaryDir(), 'wheel');
  const data = Buffer.alloc(700_000, 3);
  writeFileSync(file, data);
  const handle = await open(file);
  for (const kind of ['reset', 'answer-lost'] as const) {
    server.fail({ kind }, { method: 'PUT', times: 2 });
    const key = freshKey();
    const outcome = await remote.putIfAbsent(key, { file: handle, size: data.length }, sha256Of(data));
    // The one that had its effect meets itself.
    expect(outcome === 'present').toBe(kind === 'answer-lost');
    expect((await readObject(remote, key)).text).toBe(data.toString());
  }
  await handle.close();
});

test('a remote that answers nothing is slow, and is not asked again', async () => {
  const { server, remote } = await start();
  server.fail({ kind: 'silence' });
  await expect(remote.get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_SLOW' });
  expect(server.requests).toHaveLength(1);
});

test('a body that stops in its middle ends with an error that says slow', async () => {
  const { server, remote } = await start();
  const key = freshKey();
  const data = Buffer.alloc(200_000, 1);
  await remote.putIfAbsent(key, data, sha256Of(data));
  server.fail({ kind: 'stall' });
  const object = await remote.get(key);
  if (typeof object === 'string') throw new Error(object);
  await expect(buffer(object.body)).rejects.toMatchObject({ code: 'REMOTE_SLOW' });
});

test('a remote where nothing listens is unreachable, with the reason', async () => {
  const { server, remote } = await start();
  await server.pause();
  await expect(remote.get(freshKey())).rejects.toMatchObject({
    code: 'REMOTE_UNREACHABLE',
    data: { reason: 'ECONNREFUSED' },
  });
});

test('a bucket that is not there is a mistake, not a miss', async () => {
  const { remote } = await start({ buckets: ['another'] });
  await expect(remote.get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_MISCONFIGURED' });
});

test('a bucket in another region is named', async () => {
  const server = await startS3Server({ region: 'there' });
  onTestFinished(() => server.close());
  const remote = openRemote(`s3://bucket?endpoint=${server.origin}&region=here`, { credentials: () => testUser });
  await expect(remote.get(freshKey())).rejects.toMatchObject({
    code: 'REMOTE_MISCONFIGURED',
    hint: expect.stringContaining('region=there'),
  });
});

test('a redirect is not followed, and carries no signature anywhere', async () => {
  const { server, remote } = await start();
  const other = await startS3Server();
  onTestFinished(() => other.close());
  server.fail({ kind: 'status', status: 307, headers: { location: `${other.origin}/bucket/x` } });
  await expect(remote.get(freshKey())).rejects.toMatchObject({ code: 'REMOTE_MISCONFIGURED' });
  expect(other.requests).toHaveLength(0);
});

test('a clock that is an hour wrong is corrected by that of the engine', async () => {
  const { server, remote } = await start({ aheadMs: 3_600_000 });
  const key = freshKey();
  expect(await remote.putIfAbsent(key, Buffer.from('x'), sha256Of('x'))).not.toBe('present');
  expect((await readObject(remote, key)).text).toBe('x');
  // The first request was refused, sent again, and every later one was right at once.
  expect(server.requests).toHaveLength(3);
});

test('credentials that expire during a run are asked for again', async () => {
  const fresh = { accessKeyId: 'AKIAFRESH', secretAccessKey: 'b', sessionToken: 'second' };
  const given = [{ ...testUser, sessionToken: 'first' }, fresh];
  const { server, remote } = await start({}, { credentials: () => given.shift() ?? fresh });
  server.users = [{ ...testUser, sessionToken: 'first' }];
  await remote.get(freshKey());
  server.users = [{ ...testUser, expired: true }, fresh];
  expect(await remote.get(freshKey())).toBe('absent');
  expect(given).toHaveLength(0);
});

test('credentials that expired and are given again are denied once, not for ever', async () => {
  const { server, remote } = await start();
  server.users = [{ ...testUser, expired: true }];
  await expect(remote.get(freshKey())).rejects.toMatchObject({ code: expect.stringMatching(/DENIED|MISCONFIGURED/) });
  expect(server.requests.length).toBeLessThan(3);
});

test('credentials that are about to expire are asked for before they do', async () => {
  let asked = 0;
  const soon = () => ({ ...testUser, expiration: new Date(Date.now() + (asked++ === 0 ? 10_000 : 3_600_000)) });
  const { remote } = await start({}, { credentials: soon });
  await remote.get(freshKey());
  await remote.get(freshKey());
  await remote.get(freshKey());
  expect(asked).toBe(2);
});

test.each([
  ['a key that the engine does not know', { ...testUser, accessKeyId: 'AKIANOONE' }],
  ['a wrong secret', { ...testUser, secretAccessKey: 'another secret' }],
])('%s is denied, and no secret is in the error', async (_what, credentials) => {
  const { remote } = await start({}, { credentials: () => credentials });
  const error = await remote.get(freshKey()).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code: 'REMOTE_DENIED' });
  expect(JSON.stringify([String(error), error])).not.toContain(credentials.secretAccessKey);
});

test('a user who may only read is denied a write', async () => {
  const { server, remote } = await start();
  server.users = [{ ...testUser, rights: 'read' }];
  expect(await remote.get(freshKey())).toBe('absent');
  await expect(remote.putIfAbsent(freshKey(), Buffer.from('x'), sha256Of('x'))).rejects.toMatchObject({
    code: 'REMOTE_DENIED',
  });
});

test('a remote that is open for reading refuses a write before anything is sent', async () => {
  const { server, remote } = await start({}, { writable: false });
  await expect(remote.putIfAbsent(freshKey(), Buffer.from('x'), sha256Of('x'))).rejects.toMatchObject({
    code: 'REMOTE_DENIED',
  });
  expect(server.requests).toHaveLength(0);
});

test('an engine without space says so', async () => {
  const { remote } = await start({ capacity: 10 });
  const data = Buffer.alloc(11);
  await expect(remote.putIfAbsent(freshKey(), data, sha256Of(data))).rejects.toMatchObject({ code: 'REMOTE_FULL' });
});

test('parts of an upload that fails are given up', async () => {
  const { server, remote } = await start({}, { deadlines: {} });
  server.fail({ kind: 'status', status: 403, code: 'AccessDenied' }, { method: 'PUT' });
  const size = 65 * 1024 * 1024;
  const file = { read: async (bytes: Buffer) => ({ bytesRead: bytes.length }) } as never;
  await expect(remote.putIfAbsent(freshKey(), { file, size }, sha256Of('x'))).rejects.toMatchObject({
    code: 'REMOTE_DENIED',
  });
  expect(server.uploads.size).toBe(0);
});
