// The command with a cache of many machines: each machine has a home and a store of its own, the bucket they share is the S3
// of testkit. Whatever the remote does, the result and the exit code are those of a command without one.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type IndexServer, startIndexServer } from '@wheelwright/testkit/index-server';
import type { ObjectFault } from '@wheelwright/testkit/remote/object-server';
import { startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { machineOf, type Team } from './remote-machine.ts';

const names = Array.from({ length: 20 }, (_, n) => `demo-${String(n).padStart(2, '0')}`);
const installed = names.map((name) => `+ ${name} 1.0\n`).join('');
const wheels = names.map((name) => {
  const { filename, bytes } = buildWheel({ name, files: { [`${name.replace('-', '_')}.py`]: `VALUE = '${name}'\n` } });
  return { filename, data: Buffer.from(bytes), project: name };
});
const sha256s = wheels.map(({ data }) => createHash('sha256').update(data).digest('hex'));

async function start(): Promise<Team> {
  const [index, s3] = await Promise.all([startIndexServer({ files: wheels }), startS3Server()]);
  onTestFinished(() => Promise.all([index.close(), s3.close()]).then(() => undefined));
  return { index, s3, dir: temporaryDir() };
}

async function machine(team: Team, name: string, variables: Readonly<Record<string, string>> = {}) {
  const command = await machineOf(team, name, variables);
  return { ...command, install: (...words: string[]) => command.install(...names, ...words) };
}

/** Whole wheels; the index client reads their metadata by ranges. */
const downloads = (index: IndexServer) =>
  index.requests.filter(({ path: at, status }) => at.endsWith('.whl') && status === 200).length;
const writes = { WHEELWRIGHT_REMOTE_MODE: 'write' };

test('one machine fetches wheels from the index, another gets them from the remote with one request each', async () => {
  const world = await start();
  const first = await machine(world, 'first', writes);
  expect(await first.install()).toMatchObject({ code: 0, stdout: installed });
  expect([...world.s3.objects.keys()].filter((key) => key.includes('/cas/'))).toHaveLength(20);
  world.s3.forget();
  world.index.forget();
  const second = await machine(world, 'second');
  const ended = await second.install();
  expect(ended).toMatchObject({ code: 0, stdout: installed });
  expect(ended.stderr).toMatch(/Remote s3:\/\/bucket\/team: 20 of 20/);
  expect(downloads(world.index)).toBe(0);
  // One for each wheel, and one for a pack that is not there.
  expect(world.s3.requests.map(({ method }) => method)).toEqual(Array(21).fill('GET'));
  expect(await second.ww('verify', '-p', 'env')).toMatchObject({ code: 0 });
  expect((await second.ww('cache', 'stats')).stdout).toMatch(/^s3:\/\/bucket\/team\nhits +20\n/);
});

test('without a remote, or with --no-remote, nothing is asked of one', async () => {
  const world = await start();
  const one = await machine(world, 'one');
  expect(await one.install('--no-remote')).toMatchObject({ code: 0, stdout: installed });
  expect(world.s3.requests).toHaveLength(0);
});

const faults: [string, ObjectFault | 'gone'][] = [
  ['is gone', 'gone'],
  ['answers nothing', { kind: 'silence' }],
  ['breaks connections', { kind: 'reset' }],
  ['stops in every body', { kind: 'stall' }],
  ['cuts every body', { kind: 'cut' }],
  ['gives other bytes', { kind: 'corrupt' }],
  ['gives shorter bodies', { kind: 'shorter' }],
  ['gives longer bodies', { kind: 'longer' }],
  ['gives pages of HTML', { kind: 'body', body: Buffer.from('<html>sign in</html>') }],
  ['denies access', { kind: 'status', status: 403, code: 'AccessDenied' }],
  ['is overloaded', { kind: 'status', status: 503, code: 'SlowDown' }],
  ['has lost its bucket', { kind: 'status', status: 404, code: 'NoSuchBucket' }],
  ['redirects', { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:9/' } }],
];

test.each(faults)('a remote that %s changes neither result nor exit code', async (_what, fault) => {
  const world = await start();
  for (const [at, { data }] of wheels.entries()) {
    const sha256 = sha256s[at]!;
    world.s3.put(`bucket/team/v1/cas/${sha256.slice(0, 2)}/${sha256}`, data);
  }
  const one = await machine(world, 'one', { ...writes, WHEELWRIGHT_REMOTE_SIGNING_KEY: `ci:${'A'.repeat(43)}=` });
  if (fault === 'gone') await world.s3.close();
  else world.s3.fail(fault);
  const ended = await one.install();
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: installed });
  expect(ended.stderr.split('\n').filter((line) => line.includes('without the remote')).length).toBeLessThanOrEqual(1);
  expect(ended.stderr).not.toContain(testUser.secretAccessKey);
  expect(await one.ww('verify', '-p', 'env')).toMatchObject({ code: 0 });
});

test('a bucket full of wrong objects is put right by a machine that may write', async () => {
  const world = await start();
  const places = sha256s.map((sha256) => `bucket/team/v1/cas/${sha256.slice(0, 2)}/${sha256}`);
  for (const [at, place] of places.entries()) world.s3.put(place, wheels[(at + 1) % 20]!.data);
  const one = await machine(world, 'one', writes);
  const ended = await one.install();
  expect(ended).toMatchObject({ code: 0, stdout: installed });
  expect(ended.stderr).toMatch(/20 altered and not used/);
  for (const [at, place] of places.entries())
    expect(world.s3.objects.get(place)?.data.equals(wheels[at]!.data)).toBe(true);
});

test('push brings wheels and a pack there, and pull and install take them with a few requests', async () => {
  const world = await start();
  const one = await machine(world, 'one', writes);
  const requirements = path.join(world.dir, 'requirements.txt');
  writeFileSync(requirements, names.map((name) => `${name}==1.0\n`).join(''));
  expect((await one.ww('cache', 'push', '-r', requirements, '--pack')).stdout).toMatch(
    /20 wheels stored, 0 there already, 0 skipped, and a pack\n$/,
  );
  expect((await one.ww('cache', 'push', '-r', requirements)).stdout).toMatch(/0 wheels stored, 20 there already/);
  // What is wrong there is put right when it is asked for.
  const wrong = `bucket/team/v1/cas/${sha256s[3]!.slice(0, 2)}/${sha256s[3]}`;
  const right = world.s3.objects.get(wrong)!.data;
  world.s3.put(wrong, Buffer.from(right.map((byte) => byte ^ 1)));
  expect((await one.ww('cache', 'push', '-r', requirements, '--verify')).stdout).toMatch(/1 wheel stored, 19 there/);
  expect(world.s3.objects.get(wrong)?.data.equals(right)).toBe(true);
  world.s3.forget();
  const two = await machine(world, 'two');
  expect(await two.ww('cache', 'pull', '-r', requirements)).toMatchObject({
    code: 0,
    stdout: '20 wheels in the store, 20 fetched from the remote\n',
  });
  expect(world.s3.requests).toHaveLength(1);
  expect(await two.install()).toMatchObject({ code: 0, stdout: installed });
});

test('a check tells what a remote can do, and what is wrong with it', async () => {
  const world = await start();
  const one = await machine(world, 'one', writes);
  const good = await one.ww('remote', 'check');
  expect(good).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^s3:\/\/bucket\/team\nok {5}read: .*\nok {5}write: /),
  });
  expect(good.stdout.match(/^ok/gm)).toHaveLength(5);
  world.s3.users = [{ ...testUser, rights: 'read' }];
  const bad = await one.ww('remote', 'check');
  expect(bad).toMatchObject({ code: 9, stdout: expect.stringMatching(/FAILED write: .*denies access/) });
  const required = await one.ww('install', '-p', 'env', names[0]!, '--remote', 's3://x', '--remote-required');
  expect(required).toMatchObject({ code: 2, stderr: expect.stringContaining('not the name of a bucket') });
  const tolerated = await one.ww('install', '-p', 'env', names[0]!, '--remote', 's3://x');
  expect(tolerated).toMatchObject({ code: 0, stderr: expect.stringContaining('Going on without the remote') });
});

test('programs of a check and of a build get no credentials of the remote', async () => {
  const world = await start();
  const one = await machine(world, 'one', { ...writes, WHEELWRIGHT_REMOTE_SIGNING_KEY: `ci:${'A'.repeat(43)}=` });
  const script = path.join(world.dir, 'show.py');
  writeFileSync(
    script,
    'import os\nprint("HAS", sorted(n for n in os.environ if n.startswith(("AWS_", "WHEELWRIGHT_")) and n != "AWS_CA_BUNDLE"))\n',
  );
  const ended = await one.ww('install', '-p', 'env', names[0]!, '--check', `python ${script}`);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain('HAS []');
});
