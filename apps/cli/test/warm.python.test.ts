// What a second installation may take from the first, and when it has to ask again.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

async function indexWith(cacheControl?: string) {
  const server = await startIndexServer({ cacheControl });
  onTestFinished(() => server.close());
  const offer = (name: string, version: string, requiresDist: string[] = []) => {
    const { filename, bytes } = buildWheel({ name, version, requiresDist });
    server.add({ filename, data: bytes });
  };
  offer('app', '1.0', ['lib']);
  offer('lib', '1.0');
  return { server, offer };
}

test('while its pages hold, the same question is answered without reading them', async () => {
  const dir = temporaryDir();
  const { server, offer } = await indexWith('max-age=600');
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  await ww('venv', 'one');
  expect(await ww('install', '-p', 'one', 'app')).toMatchObject({ stdout: '+ app 1.0\n+ lib 1.0\n' });
  const store = (await ww('cache', 'dir')).stdout.trim();
  rmSync(path.join(store, 'responses'), { recursive: true });
  offer('lib', '2.0');
  server.forget();
  await ww('venv', 'two');
  expect(await ww('install', '-p', 'two', 'app')).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 1.0\n' });
  expect(server.requests).toEqual([]);
  // Another question, be it by a constraint, by what is installed or by another index, is another matter.
  await ww('venv', 'three');
  expect(await ww('install', '-p', 'three', 'app', 'lib')).toMatchObject({ stdout: '+ app 1.0\n+ lib 2.0\n' });
  expect(await ww('install', '-p', 'two', '-U', 'lib')).toMatchObject({ stdout: '~ lib 1.0 -> 2.0\n' });
  await ww('venv', 'four');
  const elsewhere = ['--extra-index-url', server.indexUrl.replace('127.0.0.1', 'localhost')];
  expect(await ww('install', '-p', 'four', ...elsewhere, 'app')).toMatchObject({ stdout: '+ app 1.0\n+ lib 2.0\n' });
});

test.each(['no-cache', 'max-age=0', 'no-store'])('pages that are %s are asked for each time', async (cacheControl) => {
  const dir = temporaryDir();
  const { server, offer } = await indexWith(cacheControl);
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  await ww('venv', 'one');
  expect(await ww('install', '-p', 'one', 'app')).toMatchObject({ stdout: '+ app 1.0\n+ lib 1.0\n' });
  offer('lib', '2.0');
  await ww('venv', 'two');
  expect(await ww('install', '-p', 'two', 'app')).toMatchObject({ stdout: '+ app 1.0\n+ lib 2.0\n' });
});

test('a directory of wheels is looked at each time', async () => {
  const dir = temporaryDir();
  const { server, offer } = await indexWith();
  offer('app', '2.0');
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  await ww('venv', 'one');
  expect(await ww('install', '-p', 'one', '-f', dir, 'app')).toMatchObject({ stdout: '+ app 2.0\n' });
  const { filename, bytes } = buildWheel({ name: 'app', version: '3.0' });
  writeFileSync(path.join(dir, filename), bytes);
  await ww('venv', 'two');
  expect(await ww('install', '-p', 'two', '-f', dir, 'app')).toMatchObject({ stdout: '+ app 3.0\n' });
});

test('an environment is made and filled by one command, and a wish that cannot be met leaves it empty', async () => {
  const dir = temporaryDir();
  const { server } = await indexWith();
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  writeFileSync(path.join(dir, 'pins.txt'), 'lib==1.0\n');
  const environment = path.join(dir, '.venv');
  expect(await ww('venv', '--with', 'app', '-r', 'pins.txt')).toMatchObject({
    code: 0,
    stdout: `+ app 1.0\n+ lib 1.0\n${environment}\n`,
  });
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(await ww('venv', '--with', 'app')).toMatchObject({
    code: 0,
    stdout: `nothing to do: everything is installed\n${environment}\n`,
  });
  expect(await ww('venv', 'other', '--with', 'absent')).toMatchObject({ code: 4 });
  expect(await ww('list', '-p', 'other', '--format', 'freeze')).toMatchObject({ code: 0, stdout: '' });
});
