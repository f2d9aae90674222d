// What `ww doctor` proposes for the surroundings of an environment is done as it is written: for an interpreter that has
// another minor version now, a store on another file system, and an installation without koffi.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { memoryDir, temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';
import { place } from './sick-environment.ts';

test.for(['own', 'shared', 'plain'])(
  'an environment of the layout %s whose interpreter has another minor version now',
  async (layout, { skip }) => {
    const dir = temporaryDir();
    const [before, now] = await twoPythons(dir);
    if (before === undefined || now === undefined) return skip('the machine has one minor version of Python');
    // The environment names its interpreter through a link, behind which another version is then installed.
    const [link, upgraded, name] = [path.join(dir, 'current'), path.join(dir, 'upgraded'), path.basename(before)];
    symlinkSync(path.resolve(before, '../..'), link);
    const { ww, env, at, findings, follow } = await place(layout, { python: path.join(link, 'bin', name) });
    const { stdout } = await ww('freeze', '-p', env);
    mkdirSync(path.join(upgraded, 'bin'), { recursive: true });
    symlinkSync(now, path.join(upgraded, 'bin', name));
    rmSync(link);
    symlinkSync(upgraded, link);
    const finding = (await findings()).find(({ kind }) => kind === 'interpreter-changed');
    expect(finding).toMatchObject({ severity: 'problem' });
    const { status, stderr } = follow(finding!.proposal);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(await findings()).toEqual([]);
    expect(await ww('freeze', '-p', env)).toMatchObject({ stdout });
    expect(execFileSync(at('bin/one'), { encoding: 'utf8' })).toBe('one\n');
    expect(realpathSync(at('bin/python'))).toBe(realpathSync(now));
  },
);

test.each(['own', 'plain'])('an environment of the layout %s on another file system than the store', async (layout) => {
  const { ww, dir, env, at, findings, follow } = await place(layout, { parent: memoryDir() });
  const isElsewhere = statSync(env).dev !== statSync(dir).dev;
  const { stdout } = await ww('freeze', '-p', env);
  const found = (await findings()).filter(({ kind }) => kind === 'no-hard-links');
  expect(found).toHaveLength(isElsewhere ? 1 : 0);
  for (const { proposal } of found) {
    const { status, stderr } = follow(proposal);
    expect({ status, stderr }).toMatchObject({ status: 0 });
  }
  expect(await findings()).toEqual([]);
  expect(await ww('freeze', '-p', env)).toMatchObject({ stdout });
  expect(execFileSync(at('bin/one'), { encoding: 'utf8' })).toBe('one\n');
});

test('a data directory on another file system than the store', async () => {
  const dataDir = memoryDir();
  const { dir, findings } = await place('shared', { variables: { WHEELWRIGHT_DATA: dataDir } });
  const found = (await findings()).map(({ kind, proposal }) => [kind, /WHEELWRIGHT_DATA/.test(proposal)]);
  expect(found).toEqual(statSync(dataDir).dev === statSync(dir).dev ? [] : [['no-hard-links', true]]);
});

test('an installation without koffi', async () => {
  const dir = temporaryDir();
  const installed = path.join(dir, 'command');
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(path.resolve(import.meta.dirname, '..', part), path.join(installed, part), { recursive: true });
  }
  const registry = await serveKoffi(dir);
  const npm = {
    npm_config_cache: path.join(dir, 'npm'),
    npm_config_userconfig: '/dev/null',
    npm_config_audit: 'false',
  };
  const { run, ww } = commandIn(dir, { ...npm, npm_config_registry: registry, NODE_PATH: '' });
  const env = path.join(dir, 'env');
  expect(await ww('venv', env)).toMatchObject({ code: 0 });
  const doctor = () => run(process.execPath, path.join(installed, 'bin/ww.js'), 'doctor', '-p', env);
  const recipe = /note: koffi is not installed .*`(npm [^`]+)`/.exec((await doctor()).stdout)?.[1];
  expect(recipe).toBeDefined();
  expect(await run('sh', '-c', recipe!)).toMatchObject({ code: 0 });
  expect(await doctor()).toMatchObject({ code: 0, stdout: expect.not.stringContaining('koffi') });
});

/** The first two Pythons of the machine with different minor versions, the usual one first; fewer if it has fewer. */
async function twoPythons(dir: string): Promise<string[]> {
  const { ww } = commandIn(dir);
  const found = new Map<string, string>();
  for (const request of ['python3', '3.13', '3.12', '3.11', '3.10']) {
    const env = path.join(dir, `with-${request}`);
    if ((await ww('venv', '-p', request, env)).code !== 0) continue;
    const version = /^version = (3\.\d+)/m.exec(readFileSync(path.join(env, 'pyvenv.cfg'), 'utf8'))![1]!;
    if (!found.has(version)) found.set(version, realpathSync(path.join(env, 'bin/python')));
  }
  return [...found.values()].slice(0, 2);
}

/** Serves the checkout's koffi, with its part for this platform, as a registry of npm does; gives the URL. */
async function serveKoffi(dir: string): Promise<string> {
  const koffi = realpathSync(path.resolve(import.meta.dirname, '../node_modules/koffi'));
  const scope = path.join(koffi, '..', '@koromix');
  const answers = new Map<string, string | Buffer>();
  const server = createServer(({ url = '' }, response) => {
    const answer = answers.get(decodeURIComponent(url));
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const from of [koffi, ...readdirSync(scope).map((name) => path.join(scope, name))]) {
    const manifest = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8'));
    const packed = path.join(dir, 'packed', path.basename(from));
    mkdirSync(path.dirname(packed), { recursive: true });
    cpSync(realpathSync(from), path.join(packed, 'package'), { recursive: true });
    const data = execFileSync('tar', ['-czf', '-', '-C', packed, 'package'], { maxBuffer: 1 << 26 });
    const tarball = `/${manifest.name}/-/${manifest.version}.tgz`;
    const integrity = `sha512-${createHash('sha512').update(data).digest('base64')}`;
    const version = { ...manifest, dist: { tarball: origin + tarball, integrity } };
    const page = {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: version },
    };
    answers.set(tarball, data).set(`/${manifest.name}`, JSON.stringify(page));
  }
  return origin;
}
