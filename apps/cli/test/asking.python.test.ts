// What may be asked of `ww install`, and in which form: files, groups, overrides, policies, reports.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

const shelf: readonly WheelOptions[] = [
  { name: 'app', version: '1.0', requiresDist: ['lib'], providesExtra: ['more'] },
  { name: 'lib', version: '1.0' },
  { name: 'lib', version: '2.0' },
  { name: 'needs-old', version: '1.0', requiresDist: ['lib<2'] },
];

async function place() {
  const dir = temporaryDir();
  const files = shelf.map((options) => buildWheel(options)).map(({ filename, bytes }) => ({ filename, data: bytes }));
  const server = await startIndexServer({ files });
  onTestFinished(() => server.close());
  const command = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  expect(await command.ww('venv')).toMatchObject({ code: 0 });
  return { dir, server, ...command };
}

/** Serves texts by path. */
async function pages(texts: Readonly<Record<string, string>>): Promise<string> {
  const server = http.createServer((request, response) => {
    const text = texts[request.url ?? ''];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('requirements come from the standard input, from URLs, from pyproject.toml and from its groups', async () => {
  const { dir, ww, start } = await place();
  const child = start(['install', '--dry-run', '-r', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin!.end('lib<2\n');
  expect(await collect(child)).toMatchObject({ code: 0, stdout: 'would install lib 1.0\n' });
  const site = await pages({ '/r.txt': 'app\n-c sub/c.txt\n', '/sub/c.txt': 'lib<2\n' });
  const both = 'would install app 1.0\nwould install lib 1.0\n';
  expect(await ww('install', '--dry-run', '-r', `${site}/r.txt`)).toMatchObject({ code: 0, stdout: both });
  expect(await ww('install', '--dry-run', 'app', '-c', `${site}/sub/c.txt`)).toMatchObject({ code: 0, stdout: both });
  expect(await ww('install', '--dry-run', '-r', `${site}/none.txt`)).toMatchObject({ code: 4 });
  const text =
    '[project]\nname = "p"\nversion = "1"\ndependencies = ["lib<2"]\n[dependency-groups]\ndev = ["needs-old"]\n';
  writeFileSync(path.join(dir, 'pyproject.toml'), text);
  expect(await ww('install', '--dry-run', '-r', 'pyproject.toml')).toMatchObject({ stdout: 'would install lib 1.0\n' });
  expect(await ww('install', '--dry-run', '--group', 'dev')).toMatchObject({
    stdout: expect.stringContaining('needs-old'),
  });
  expect(await ww('install', '--dry-run', '--group', 'none')).toMatchObject({ code: 3 });
  expect(await ww('install', 'pyproject.toml')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('-r pyproject.toml'),
  });
});

test('overrides, orders and upgrade strategies decide versions', async () => {
  const { dir, ww } = await place();
  writeFileSync(path.join(dir, 'o.txt'), 'lib==2.0\n');
  expect(await ww('install', '--dry-run', 'needs-old', '--override', 'o.txt')).toMatchObject({
    stdout: 'would install lib 2.0\nwould install needs-old 1.0\n',
  });
  expect(await ww('install', '--dry-run', 'app', '--resolution', 'lowest')).toMatchObject({
    stdout: expect.stringContaining('lib 1.0'),
  });
  expect(await ww('install', 'app', 'lib==1.0')).toMatchObject({ code: 0 });
  expect(await ww('install', '-U', 'app')).toMatchObject({ stdout: expect.not.stringContaining('lib') });
  expect(await ww('install', '-U', '--upgrade-strategy', 'eager', 'app')).toMatchObject({
    stdout: '~ lib 1.0 -> 2.0\n',
  });
  expect(await ww('install', '--dry-run', '--exclude-newer', 'yesterday', 'app')).toMatchObject({ code: 2 });
});

test('an unknown extra and a requirement that a change leaves unmet are warned about', async () => {
  const { ww } = await place();
  expect(await ww('install', 'app[nosuch]')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/warning: app 1\.0 has no extra nosuch; it has more/),
  });
  expect(await ww('install', 'needs-old')).toMatchObject({ code: 0 });
  expect(await ww('install', '--no-deps', 'lib==2.0')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/warning: needs-old 1\.0 requires lib<2, and 2\.0 is installed/),
  });
});

test('a dry run downloads no wheel, and its report is in the form of pip', async () => {
  const { dir, ww, server } = await place();
  expect(await ww('install', '--dry-run', '--report', 'report.json', 'app[more]')).toMatchObject({ code: 0 });
  const whole = server.requests.filter(({ path: at, headers }) => at.endsWith('.whl') && headers.range === undefined);
  expect(whole).toEqual([]);
  const report = JSON.parse(readFileSync(path.join(dir, 'report.json'), 'utf8'));
  expect(report).toMatchObject({
    version: '1',
    install: [
      {
        download_info: { url: expect.stringContaining('app-1.0-py3-none-any.whl'), archive_info: { hashes: {} } },
        is_direct: false,
        is_yanked: false,
        requested: true,
        metadata: { name: 'app', version: '1.0', requires_dist: ['lib'] },
      },
      { requested: false, metadata: { name: 'lib', version: '2.0' } },
    ],
    environment: { python_version: expect.any(String) },
  });
});

test('a lock is installed beside what is there', async () => {
  const { ww } = await place();
  expect(await ww('lock', 'app')).toMatchObject({ code: 0 });
  expect(await ww('install', 'needs-old')).toMatchObject({ code: 0 });
  expect(await ww('install', '-r', 'pylock.toml')).toMatchObject({
    code: 0,
    stdout: '+ app 1.0\n~ lib 1.0 -> 2.0\n',
    stderr: expect.stringContaining('needs-old 1.0 requires lib<2'),
  });
  expect(await ww('install', '-r', 'pylock.toml', 'needs-old')).toMatchObject({ code: 2 });
});

test('a file may be UTF-16, name its encoding, and hold variables', async () => {
  const { dir, server } = await place();
  const { ww } = commandIn(dir, { PIP_NO_INDEX: '0', PKG: 'lib', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  mkdirSync(path.join(dir, 'sub'));
  writeFileSync(path.join(dir, 'u16.txt'), Buffer.from('\ufeffapp\r\n-r sub/inner.txt\r\n', 'utf16le'));
  const variable = '$' + '{PKG}';
  writeFileSync(
    path.join(dir, 'sub', 'inner.txt'),
    Buffer.from(`# coding: latin-1\n${variable}<2 # größe\n`, 'latin1'),
  );
  expect(await ww('install', '--dry-run', '-r', 'u16.txt')).toMatchObject({
    code: 0,
    stdout: 'would install app 1.0\nwould install lib 1.0\n',
  });
});
