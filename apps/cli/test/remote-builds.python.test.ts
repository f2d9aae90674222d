// Builds over a cache of many machines: one machine builds, the others are given its wheel without starting Python.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type S3Server, startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { expect, onTestFinished, test } from 'vitest';
import { generateKeys } from './remote-keys.ts';
import { commandIn } from './run-ww.ts';

const team = generateKeys('team');
const stranger = generateKeys('stranger');

async function start() {
  const s3 = await startS3Server();
  onTestFinished(() => s3.close());
  return { s3, dir: temporaryDir() };
}

/** A machine with a home, a store and a copy of the tree of its own. */
function machine(
  { s3, dir }: { s3: S3Server; dir: string },
  name: string,
  variables: Readonly<Record<string, string>>,
) {
  const home = path.join(dir, name);
  mkdirSync(home);
  writeBackendTree(path.join(home, 'tree'));
  const { ww } = commandIn(home, {
    WHEELWRIGHT_REMOTE: `s3://bucket/team?endpoint=${s3.origin}`,
    AWS_ACCESS_KEY_ID: testUser.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testUser.secretAccessKey,
    ...variables,
  });
  /** Whether the wheel was given back, and its hash. */
  return async (...words: readonly string[]) => {
    const ended = await ww('build', '--wheel', '--json', '-o', 'out', ...words, 'tree');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const events = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const built = events.find(({ event }) => event === 'built');
    return { reused: built?.reused, sha256: built?.sha256, events };
  };
}

const writes = { WHEELWRIGHT_REMOTE_MODE: 'write', WHEELWRIGHT_REMOTE_SIGNING_KEY: team.signingKey };
const reads = { WHEELWRIGHT_REMOTE_TRUSTED_KEYS: team.trustedKey };

test('a second machine is given the wheel that the first built', async () => {
  const world = await start();
  const first = await machine(world, 'first', writes)();
  expect(first.reused).toBe(false);
  const second = await machine(world, 'second', reads)();
  expect(second).toMatchObject({ reused: true, sha256: first.sha256 });
});

test('one of several machines builds', async () => {
  const world = await start();
  const machines = Array.from({ length: 4 }, (_, n) => machine(world, `machine-${n}`, writes));
  const results = await Promise.all(machines.map((build) => build()));
  expect(results.filter(({ reused }) => reused === false)).toHaveLength(1);
  expect(new Set(results.map(({ sha256 }) => sha256)).size).toBe(1);
});

test('a build of a stranger, another salt, an excluded name and --no-remote are built here', async () => {
  const world = await start();
  await machine(world, 'first', { ...writes, WHEELWRIGHT_REMOTE_SIGNING_KEY: stranger.signingKey })();
  expect((await machine(world, 'trusting-team', reads)()).reused).toBe(false);
  await machine(world, 'second', writes)();
  expect((await machine(world, 'salted', { ...reads, WHEELWRIGHT_REMOTE_SALT: 'image-2' })()).reused).toBe(false);
  expect((await machine(world, 'excluding', reads)('--remote-exclude', 'Demo')).reused).toBe(false);
  expect((await machine(world, 'alone', reads)('--no-remote')).reused).toBe(false);
  expect((await machine(world, 'third', reads)()).reused).toBe(true);
});

test.each([
  ['is gone', (s3: S3Server) => s3.close()],
  ['answers nothing', async (s3: S3Server) => s3.fail({ kind: 'silence' })],
  ['gives other bytes', async (s3: S3Server) => s3.fail({ kind: 'corrupt' })],
  ['denies access', async (s3: S3Server) => s3.fail({ kind: 'status', status: 403, code: 'AccessDenied' })],
])('a remote that %s costs a build and nothing else', async (_what, spoil) => {
  const world = await start();
  const first = await machine(world, 'first', writes)();
  await spoil(world.s3);
  const second = await machine(world, 'second', writes)();
  expect(second.reused).toBe(false);
  expect(first.reused).toBe(false);
  expect(second.events.filter(({ event }) => event === 'remote-off').length).toBeLessThanOrEqual(1);
});
