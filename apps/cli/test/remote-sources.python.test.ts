// Sources and locks over a cache of many machines: sdists by their hash, what is built of them by its signature, and all of
// it brought there by `cache push` and from there by `cache pull`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { startS3Server } from '@wheelwright/testkit/remote/s3-server';
import { writeSdist } from '@wheelwright/testkit/sdists';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { generateKeys } from './remote-keys.ts';
import { machineOf } from './remote-machine.ts';

const team = generateKeys('team');
const writes = { WHEELWRIGHT_REMOTE_MODE: 'write', WHEELWRIGHT_REMOTE_SIGNING_KEY: team.signingKey };
const reads = { WHEELWRIGHT_REMOTE_TRUSTED_KEYS: team.trustedKey };

/** An index with an sdist whose hooks leave a mark each, and with a wheel; and an empty bucket. */
async function start() {
  const dir = temporaryDir();
  const marksDir = path.join(dir, 'marks');
  mkdirSync(marksDir);
  const tree = writeBackendTree(path.join(dir, 'tree'), { name: 'app', requiresDist: ['lib'], marksDir });
  const files = Object.fromEntries(
    readdirSync(tree, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(tree, file), readFileSync(file, 'utf8')]),
  );
  const sdist = writeSdist(dir, { name: 'app', files });
  const lib = buildWheel({ name: 'lib', version: '1.0' });
  const [index, s3] = await Promise.all([
    startIndexServer({
      files: [
        { filename: path.basename(sdist), data: readFileSync(sdist), project: 'app' },
        { filename: lib.filename, data: lib.bytes, project: 'lib' },
      ],
    }),
    startS3Server(),
  ]);
  onTestFinished(() => Promise.all([index.close(), s3.close()]).then(() => undefined));
  const machine = async (name: string, variables: Readonly<Record<string, string>> = {}) => {
    const command = await machineOf({ index, s3, dir }, name, variables);
    return { ...command, install: () => command.install('app') };
  };
  /** How often a wheel was built so far. */
  const builds = () => {
    const hooks = path.join(marksDir, 'hooks');
    return existsSync(hooks) ? (readFileSync(hooks, 'utf8').match(/^build_wheel$/gm)?.length ?? 0) : 0;
  };
  const downloads = () =>
    index.requests.filter(({ path: at, status }) => /\.(?:whl|tar\.gz)$/.test(at) && status === 200).length;
  const stored = (space: string) => [...s3.objects.keys()].filter((key) => key.includes(`/${space}/`)).length;
  return { dir, index, s3, machine, builds, downloads, stored };
}

test('an sdist and the wheel built of it come from the remote: no download, and no build', async () => {
  const { index, machine, builds, downloads, stored } = await start();
  const first = await machine('first', writes);
  expect(await first.install()).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 1.0\n' });
  // The sdist, the wheel of the index, the wheel that was built; and its record.
  expect([stored('cas'), stored('ac'), builds()]).toEqual([3, 1, 1]);
  index.forget();
  const second = await machine('second', reads);
  expect(await second.install()).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 1.0\n' });
  expect([downloads(), builds()]).toEqual([0, 1]);
  expect(await second.ww('verify', '-p', 'env')).toMatchObject({ code: 0 });
  // Who trusts no one builds, from the sdist of the remote.
  const third = await machine('third');
  expect(await third.install()).toMatchObject({ code: 0 });
  expect([downloads(), builds()]).toEqual([0, 2]);
});

test.each([
  ['is altered', (data: Buffer) => Buffer.from(data.map((byte) => byte ^ 1))],
  ['is another whole sdist', () => readFileSync(writeSdist(temporaryDir(), { name: 'app', version: '1.0' }))],
  ['is cut', (data: Buffer) => data.subarray(0, -1)],
])('an sdist that %s on the remote is not used', async (_what, spoil) => {
  const { s3, machine, downloads, index } = await start();
  expect(await (await machine('first', { WHEELWRIGHT_REMOTE_MODE: 'write' })).install()).toMatchObject({ code: 0 });
  const right = new Map(s3.objects);
  for (const [key, { data }] of right) s3.put(key, spoil(data));
  index.forget();
  const second = await machine('second', { WHEELWRIGHT_REMOTE_MODE: 'write' });
  expect(await second.install()).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 1.0\n' });
  expect(downloads()).toBe(2);
  for (const [key, { data }] of right) expect(s3.objects.get(key)?.data.equals(data), key).toBe(true);
});

test('push brings what a lock pins to the remote, also what was built before; pull brings it from there', async () => {
  const { index, s3, machine, builds, downloads, stored } = await start();
  const first = await machine('first', writes);
  const project = path.join(first.home, 'pyproject.toml');
  writeFileSync(project, '[project]\nname = "demo"\nversion = "1.0"\ndependencies = ["app"]\n');
  expect(await first.ww('lock', '--no-remote')).toMatchObject({ code: 0 });
  expect(await first.ww('install', '--no-remote', '-p', 'env', 'app')).toMatchObject({ code: 0 });
  const built = builds();
  expect(s3.objects.size).toBe(0);
  const lock = path.join(first.home, 'pylock.toml');
  const pushed = await first.ww('cache', 'push', '--lock', lock);
  expect(pushed, pushed.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/2 wheels and 1 sdist stored, 0 there already, 0 skipped\n$/),
  });
  expect([stored('cas'), stored('ac'), builds()]).toEqual([3, 1, built]);
  // The same by name, and with all of it there.
  expect(await first.ww('cache', 'push', '-r', lock)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^0 wheels stored, [23] there already, 0 skipped\n$/),
  });
  expect(await first.ww('cache', 'push', '-r', lock, 'app')).toMatchObject({ code: 2 });
  index.forget();
  const second = await machine('second', reads);
  expect(await second.ww('cache', 'pull', '--lock', lock)).toMatchObject({
    code: 0,
    stdout: '2 wheels in the store, 3 fetched from the remote\n',
  });
  expect([downloads(), builds()]).toEqual([0, built]);
  expect((await second.ww('cache', 'stats')).stdout).toMatch(/\nhits +3\n/);
});
