// Without a usable HOME the command works with a store for the run, and says so in one line.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { collect, commandIn, type Ended } from './run-ww.ts';

const uid = 12_345;

/** The surroundings of a command with these variables; undefined takes one away. */
function surroundings(variables: Record<string, string | undefined>) {
  const dir = temporaryDir();
  chmodSync(dir, 0o777);
  const temporary = path.join(dir, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  const { env, start } = commandIn(dir);
  const changed: Record<string, string> = {};
  const wanted = { ...env, WHEELWRIGHT_STORE: undefined, XDG_CACHE_HOME: undefined, TMPDIR: temporary, ...variables };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) changed[name] = value;
  const ww = (...args: readonly string[]): Promise<Ended> => collect(start(args, { env: changed }));
  return { dir, temporary, env: changed, ww };
}

async function installsAndSaysSo({ dir, temporary, ww }: ReturnType<typeof surroundings>, why: string) {
  expect((await ww('venv')).code).toBe(0);
  const installed = await ww('install', writeWheel(dir, { name: 'one' }));
  expect(installed).toMatchObject({ code: 0, stdout: expect.stringContaining('one') });
  const lines = installed.stderr.split('\n').filter((line) => line.includes('--store'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(why);
  expect(installed.stderr).not.toMatch(/^\s+at /m);
  // Neither in the working directory nor in the temporary one is anything left.
  expect(existsSync(path.join(dir, '.cache'))).toBe(false);
  expect(readdirSync(temporary).filter((name) => name.startsWith('wheelwright-run-'))).toEqual([]);
  expect((await ww('verify')).code).toBe(0);
}

test.each([
  [undefined, 'HOME is not set'],
  ['', 'HOME is empty'],
  ['here', 'HOME is "here"'],
  ['/no/such/home', 'HOME names /no/such/home, which does not exist'],
  ['/proc', '/proc/.cache/wheelwright/store cannot be used'],
])('HOME that is %j', async (HOME, why) => {
  await installsAndSaysSo(surroundings({ HOME }), why);
  expect(existsSync('/no/such/home')).toBe(false);
});

test('a file where the cache would be', async () => {
  const around = surroundings({});
  writeFileSync(path.join(around.dir, '.cache'), '');
  const { code, stderr } = await around.ww('venv');
  expect(code).toBe(0);
  expect(stderr).toContain('--store');
});

test('XDG variables that are relative are ignored', async () => {
  const { dir, ww } = surroundings({ XDG_CACHE_HOME: 'cache', XDG_DATA_HOME: 'data' });
  const { code, stderr } = await ww('venv');
  expect({ code, stderr: stderr.includes('--store') }).toEqual({ code: 0, stderr: false });
  expect(existsSync(path.join(dir, 'cache'))).toBe(false);
  expect(existsSync(path.join(dir, '.cache', 'wheelwright', 'store'))).toBe(true);
});

test('a store that is named and is a file is refused, with errno and path', async () => {
  const { dir, ww } = surroundings({});
  writeFileSync(path.join(dir, 'file'), '');
  const refused = await ww('venv', '--store', 'file');
  expect(refused).toMatchObject({ code: 8 });
  expect(refused.stderr).toContain(path.join(dir, 'file'));
  expect(refused.stderr).toMatch(/ENOTDIR|EEXIST/);
  expect(refused.stderr).toContain('--store');
});

test('a temporary directory that cannot be written either is exit 8, and what to name is said', async () => {
  const { ww } = surroundings({ HOME: undefined, TMPDIR: '/proc' });
  const refused = await ww('venv');
  expect(refused).toMatchObject({ code: 8 });
  expect(refused.stderr).toContain('Name a writable directory with --store or WHEELWRIGHT_STORE.');
});

test('shared packages need a permanent data directory, and the error names its variable', async () => {
  const { dir, ww } = surroundings({ HOME: undefined });
  const wheel = writeWheel(dir, { name: 'one' });
  expect((await ww('venv', '--layout', 'shared')).code).toBe(0);
  const refused = await ww('install', wheel);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('WHEELWRIGHT_DATA');
});

test('the store of a run that was killed goes with the next one that makes such a store', async () => {
  const { temporary, ww } = surroundings({ HOME: undefined });
  const left = path.join(temporary, `wheelwright-run-${process.getuid!()}-1-dead`);
  mkdirSync(path.join(left, 'store'), { recursive: true });
  writeFileSync(path.join(left, 'lock'), '');
  expect((await ww('venv')).code).toBe(0);
  expect(readdirSync(temporary).filter((name) => name.startsWith('wheelwright-run-'))).toEqual([]);
});

test.runIf(process.getuid?.() === 0)('a user without an entry in passwd', async () => {
  const around = surroundings({ HOME: undefined });
  const entry = path.resolve(import.meta.dirname, '../bin/ww.js');
  const { env, dir } = around;
  const args = ['--reuid', `${uid}`, '--clear-groups', process.execPath, entry, 'venv', 'env'];
  const ended = spawnSync('setpriv', args, { env, cwd: dir, encoding: 'utf8' });
  // Where the checkout cannot be read by another user there is nothing to try.
  if (ended.stderr.includes('EACCES') && ended.stderr.includes('ww.js')) return;
  expect(ended).toMatchObject({ status: 0 });
  expect(ended.stderr).toContain('--store');
});
