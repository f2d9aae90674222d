// A hash that was stated is checked, whatever way leads to the artifact: every way once with a wrong hash, once right.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { writeSdist } from '@wheelwright/testkit/sdists';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const wheel = buildWheel({ name: 'demo', version: '1.0' });
const wrong = '0'.repeat(64);

/** A directory with the wheel in `links`, an environment, and an index that states no hash. */
async function place() {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'links'));
  const wheelPath = path.join(dir, 'links', wheel.filename);
  writeFileSync(wheelPath, wheel.bytes);
  const server = await startIndexServer({ files: [{ filename: wheel.filename, data: wheel.bytes, hashes: {} }] });
  onTestFinished(() => server.close());
  const command = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  expect(await command.ww('venv')).toMatchObject({ code: 0 });
  const url = new URL(server.filePath(wheel.filename), server.indexUrl).href;
  return { dir, ...command, wheelPath, url, fileUrl: pathToFileURL(wheelPath).href, server };
}

type Place = Awaited<ReturnType<typeof place>>;

/** What a requirements file says, by how the artifact is named. `hash` is sixty-four hexadecimal digits. */
const ways: Readonly<Record<string, (at: Place, hash: string) => string>> = {
  'a path with --hash': (_at, hash) => `./links/${wheel.filename} --hash=sha256:${hash}`,
  'a file: URL with --hash': ({ fileUrl }, hash) => `${fileUrl} --hash=sha256:${hash}`,
  'a file: URL with a fragment': ({ fileUrl }, hash) => `${fileUrl}#sha256=${hash}`,
  'an http: URL with --hash': ({ url }, hash) => `${url} --hash=sha256:${hash}`,
  'an http: URL with a fragment': ({ url }, hash) => `${url}#sha256=${hash}`,
  'name @ http: URL with --hash': ({ url }, hash) => `demo @ ${url} --hash=sha256:${hash}`,
  'name @ http: URL with a fragment': ({ url }, hash) => `demo @ ${url}#sha256=${hash}`,
  'name @ file: URL with --hash': ({ fileUrl }, hash) => `demo @ ${fileUrl} --hash=sha256:${hash}`,
  'name @ file: URL with a fragment': ({ fileUrl }, hash) => `demo @ ${fileUrl}#sha256=${hash}`,
  'a pin on an index': (_at, hash) => `demo==1.0 --hash=sha256:${hash}`,
  'a pin in find-links': (_at, hash) => `--no-index\n-f ./links\ndemo==1.0 --hash=sha256:${hash}`,
  'a path, the hash in a constraint': ({ dir }, hash) => {
    writeFileSync(path.join(dir, 'limits.txt'), `demo==1.0 --hash=sha256:${hash}\n`);
    return `-c limits.txt\n./links/${wheel.filename}`;
  },
  'a name, the URL and the hash in a constraint': ({ dir, url }, hash) => {
    writeFileSync(path.join(dir, 'limits.txt'), `demo @ ${url} --hash=sha256:${hash}\n`);
    return '-c limits.txt\ndemo';
  },
};

describe.each(Object.entries(ways))('%s', (_title, write) => {
  test('a wrong hash is refused by install and sync, with what was expected and found; the right one is accepted', async () => {
    const at = await place();
    writeFileSync(path.join(at.dir, 'r.txt'), `${write(at, wrong)}\n`);
    for (const args of [
      ['install', '-r', 'r.txt'],
      ['sync', 'r.txt'],
    ]) {
      if (args[0] === 'sync' && /^demo$/m.test(write(at, wrong))) continue; // a sync pins
      const { code, stderr } = await at.ww(...args);
      expect({ code, stderr }).toMatchObject({ code: 9, stderr: expect.stringContaining(wrong) });
      expect(stderr).toContain(wheel.sha256);
    }
    expect(await at.ww('freeze')).toMatchObject({ code: 0, stdout: '' });
    writeFileSync(path.join(at.dir, 'r.txt'), `${write(at, wheel.sha256)}\n`);
    expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
  });
});

test('a wheel that the store has is compared with a hash of another kind than the one that names it', async () => {
  const at = await place();
  const hashes = { sha256: wheel.sha256 };
  const server = await startIndexServer({ files: [{ filename: wheel.filename, data: wheel.bytes, hashes }] });
  onTestFinished(() => server.close());
  const args = ['-i', server.indexUrl, '-r', 'r.txt'];
  writeFileSync(path.join(at.dir, 'r.txt'), 'demo==1.0\n');
  expect(await at.ww('install', ...args)).toMatchObject({ code: 0 });
  expect(await at.ww('uninstall', 'demo')).toMatchObject({ code: 0 });
  writeFileSync(path.join(at.dir, 'r.txt'), `demo==1.0 --hash=sha512:${'1'.repeat(128)}\n`);
  expect(await at.ww('install', ...args)).toMatchObject({ code: 9 });
  const sha512 = createHash('sha512').update(wheel.bytes).digest('hex');
  writeFileSync(path.join(at.dir, 'r.txt'), `demo==1.0 --hash=sha512:${sha512}\n`);
  expect(await at.ww('install', ...args)).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
});

describe('an index page', () => {
  async function installFrom(at: Place, fragment: string, line: string) {
    const dir = path.join(at.dir, 'page', 'demo');
    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(dir, 'index.html'), `<a href="${at.fileUrl}${fragment}">${wheel.filename}</a>`);
    writeFileSync(path.join(at.dir, 'r.txt'), `-i ${pathToFileURL(path.join(at.dir, 'page')).href}\n${line}\n`);
    await at.ww('uninstall', 'demo');
    return at.ww('install', '-r', 'r.txt');
  }

  const digest = (algorithm: string) => createHash(algorithm).update(wheel.bytes).digest('hex');

  test('that states only md5, or none, does not stop a right sha256', async () => {
    const at = await place();
    for (const fragment of ['', `#md5=${digest('md5')}`])
      expect(await installFrom(at, fragment, `demo==1.0 --hash=sha256:${wheel.sha256}`)).toMatchObject({ code: 0 });
  });

  test('that states a sha256 does not stop a right sha512, and a wrong one is found', async () => {
    const at = await place();
    const fragment = `#sha256=${wheel.sha256}`;
    expect(await installFrom(at, fragment, `demo==1.0 --hash=sha512:${digest('sha512')}`)).toMatchObject({ code: 0 });
    expect(await installFrom(at, fragment, `demo==1.0 --hash=sha512:${'1'.repeat(128)}`)).toMatchObject({ code: 9 });
  });

  test('that states a wrong hash of its own is refused', async () => {
    const at = await place();
    expect(await installFrom(at, `#sha256=${wrong}`, 'demo==1.0')).toMatchObject({ code: 9 });
    expect(await installFrom(at, `#sha256=${wrong}`, `demo==1.0 --hash=sha256:${wheel.sha256}`)).toMatchObject({
      code: 9,
    });
  });
});

test('any of several hashes is enough; two places that state other hashes cannot both be right', async () => {
  const at = await place();
  writeFileSync(path.join(at.dir, 'r.txt'), `demo==1.0 --hash=sha256:${wrong} --hash=sha256:${wheel.sha256}\n`);
  expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({ code: 0 });
  writeFileSync(path.join(at.dir, 'c.txt'), `demo==1.0 --hash=sha256:${'1'.repeat(64)}\n`);
  const { code, stderr } = await at.ww('install', '--force-reinstall', '-r', 'r.txt', '-c', 'c.txt');
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('no file can have both') });
});

test('a hash beside a marker that does not hold is not asked of another file of the name', async () => {
  const at = await place();
  writeFileSync(
    path.join(at.dir, 'r.txt'),
    `demo==0.9 ; python_version < "3" --hash=sha256:${wrong}\ndemo==1.0 --hash=sha256:${wheel.sha256}\n`,
  );
  expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({ code: 0 });
});

test('a weak or unknown algorithm is refused beside a requirement', async () => {
  const at = await place();
  for (const hash of [`md5:${'0'.repeat(32)}`, 'crc:00']) {
    writeFileSync(path.join(at.dir, 'r.txt'), `demo==1.0 --hash=${hash}\n`);
    expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({ code: 3 });
  }
});

test('an sdist is compared before anything in it is run', async () => {
  const at = await place();
  const marker = path.join(at.dir, 'was-run');
  const setup = `open(${JSON.stringify(marker)}, 'w').close()\n`;
  const sdist = writeSdist(at.dir, { name: 'source', files: { 'setup.py': setup } });
  writeFileSync(path.join(at.dir, 'r.txt'), `./${path.basename(sdist)} --hash=sha256:${wrong}\n`);
  expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({ code: 9 });
  expect(() => readFileSync(marker)).toThrow('ENOENT');
});

describe('--require-hashes', () => {
  test.each([
    ['a path', `./links/${wheel.filename}`],
    ['a pin', 'demo==1.0'],
    ['a directory', './links'],
  ])('refuses %s without a hash', async (_what, line) => {
    const at = await place();
    writeFileSync(path.join(at.dir, 'links', 'pyproject.toml'), '[project]\nname = "x"\nversion = "1"\n');
    writeFileSync(path.join(at.dir, 'r.txt'), `--require-hashes\n${line}\n`);
    const { code, stderr } = await at.ww('install', '-r', 'r.txt');
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('hash') });
    writeFileSync(path.join(at.dir, 'r.txt'), `${line}\n`);
    expect(await at.ww('install', '--require-hashes', '-r', 'r.txt')).toMatchObject({ code: 3 });
  });

  test('one --hash asks one of everything, dependencies too', async () => {
    const at = await place();
    const user = buildWheel({ name: 'user', requiresDist: ['demo'] });
    writeFileSync(path.join(at.dir, 'links', user.filename), user.bytes);
    const lines = `--no-index\n-f links\nuser==1.0 --hash=sha256:${user.sha256}\n`;
    writeFileSync(path.join(at.dir, 'r.txt'), lines);
    const { code, stderr } = await at.ww('install', '-r', 'r.txt');
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('demo==1.0 (required by user)'),
    });
    writeFileSync(path.join(at.dir, 'r.txt'), `${lines}demo==1.0 --hash=sha256:${wheel.sha256}\n`);
    expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({ code: 0 });
  });

  test('a hash without a pinned version is refused', async () => {
    const at = await place();
    writeFileSync(path.join(at.dir, 'r.txt'), `demo>=1 --hash=sha256:${wheel.sha256}\n`);
    expect(await at.ww('install', '-r', 'r.txt')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('belongs to one version'),
    });
  });
});
