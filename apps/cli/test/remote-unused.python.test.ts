// Without a remote the command evaluates no module of it: who names none pays nothing for it.
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const appDir = fileURLToPath(new URL('..', import.meta.url));
/** How the bundle begins a module of the remote. */
const beginning = /("packages\/remote-store\/src\/[^"]+"\(\)\{(?:"use strict";)?)/g;

/** The command as it is installed, in which every module of the remote leaves its name when it is evaluated. */
function copyCommand(dir: string, marks: string): string {
  const copy = path.join(dir, 'command');
  mkdirSync(copy);
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(path.join(appDir, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(appDir, 'node_modules'), path.join(copy, 'node_modules'));
  const bundlePath = path.join(copy, 'dist', 'main.cjs');
  const bundle = readFileSync(bundlePath, 'utf8');
  expect(bundle.match(beginning)?.length).toBeGreaterThan(20);
  const mark = `require('node:fs').appendFileSync(${JSON.stringify(marks)}, 'evaluated\\n');`;
  writeFileSync(bundlePath, bundle.replace(beginning, `$1 ${mark}`));
  return path.join(copy, 'bin', 'ww.js');
}

test('installing, building and reading without a remote evaluate none of its modules', async () => {
  const { filename, bytes } = buildWheel({ name: 'demo' });
  const index = await startIndexServer({ files: [{ filename, data: bytes, project: 'demo' }] });
  const s3 = await startS3Server();
  onTestFinished(() => Promise.all([index.close(), s3.close()]).then(() => undefined));
  const dir = temporaryDir();
  const marks = path.join(dir, 'marks');
  const entry = copyCommand(dir, marks);
  writeBackendTree(path.join(dir, 'tree'));
  const { run } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: index.indexUrl });
  const ww = (...words: string[]) => run(process.execPath, entry, ...words);
  for (const words of [
    ['venv', 'env'],
    ['install', '-p', 'env', 'demo'],
    ['list', '-p', 'env'],
    ['build', '--wheel', '-o', 'out', 'tree'],
    ['cache', 'size'],
  ]) {
    const ended = await ww(...words);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(existsSync(marks), words.join(' ')).toBe(false);
  }
  // The marks are where a remote would leave them.
  const remote = `s3://bucket/team?endpoint=${s3.origin}`;
  const keys = { AWS_ACCESS_KEY_ID: testUser.accessKeyId, AWS_SECRET_ACCESS_KEY: testUser.secretAccessKey };
  const checked = await commandIn(dir, keys).run(process.execPath, entry, 'remote', 'check', '--remote', remote);
  expect(checked, checked.stderr).toMatchObject({ code: 0 });
  expect(existsSync(marks)).toBe(true);
});
