// What others may have laid in the way of a command: links, files and directories of another user. They are refused with
// exit 8 and a way out; nothing is followed, run, removed or changed. The half that needs two users needs root to try it.
import { chmodSync, lchownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const other = 65_534;
const asRoot = test.runIf(process.getuid?.() === 0);

const giveAway = (dir: string) => lchownSync(dir, other, other);
const takeBack = (dir: string) => lchownSync(dir, 0, 0);
const openUp = (dir: string) => chmodSync(dir, 0o777);
const shut = (dir: string) => chmodSync(dir, 0o755);

async function place(layout = 'own') {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  const [one, two] = ['1.0', '2.0'].map((version) => writeWheel(dir, { name: 'app', version }));
  await ww('venv', '--layout', layout);
  await ww('install', one as string);
  // What a command must not reach: it looks like leftovers of every kind.
  const elsewhere = path.join(dir, 'elsewhere');
  for (const name of ['7/lib', 'work/transaction/new', 'transaction/new', 'trash/1'])
    mkdirSync(path.join(elsewhere, name), { recursive: true });
  writeFileSync(path.join(elsewhere, 'journal'), '{}');
  const view = () => readdirSync(elsewhere, { recursive: true }).sort();
  const before = view();
  return {
    dir,
    elsewhere,
    inRoot: (name: string) => path.join(dir, '.venv', '.wheelwright', name),
    /** An installation and these other commands are refused in one sentence and a hint, and reach nothing. */
    async refused(pattern: RegExp, ...commands: string[][]) {
      for (const args of [['install', two as string], ...commands]) {
        const { code, stdout, stderr } = await ww(...args);
        expect([args[0], code, stdout]).toEqual([args[0], 8, '']);
        const [message, hint] = stderr.split('\n').filter((line) => !/^(Resolved|Prepared|warning)/.test(line));
        expect(message).toMatch(pattern);
        expect(message).toMatch(/^ww: .*\.$/);
        expect(hint).toMatch(/^ {4}\S.*\.$/);
      }
      expect(view()).toEqual(before);
      expect(await ww('list', '--format', 'freeze')).toMatchObject({ code: 0, stdout: 'app==1.0\n' });
    },
    ww,
    two: two as string,
  };
}

test.each(['trash', 'staging'])('a link in the place of %s is not followed', async (name) => {
  const { elsewhere, inRoot, refused } = await place();
  symlinkSync(elsewhere, inRoot(name));
  await refused(/is not a directory of its own/, ['uninstall', 'app'], ['recover'], ['rollback']);
});

test('an environment whose generations lie behind a link is left alone', async () => {
  const { elsewhere, dir, inRoot, refused } = await place();
  renameSync(inRoot('generations'), path.join(dir, 'moved'));
  symlinkSync('../../moved', inRoot('generations'));
  mkdirSync(path.join(dir, 'moved', '9'));
  await refused(/generations is not a directory of its own/);
  expect(readdirSync(path.join(dir, 'moved'))).toContain('9');
  expect(readdirSync(elsewhere)).toContain('7');
});

test.each(['.wheelwright', '.wheelwright/work'])(
  'in a plain venv a link in the place of %s is left alone',
  async (name) => {
    const { elsewhere, dir, inRoot, refused } = await place('plain');
    if (name !== '.wheelwright') mkdirSync(inRoot('.'));
    symlinkSync(elsewhere, path.join(dir, '.venv', name));
    await refused(/not a directory|no directory of its own/);
  },
);

test('a lock that is a link or a pipe is not opened', async () => {
  const { dir, elsewhere, refused } = await place();
  rmSync(path.join(dir, '.venv', '.lock'));
  symlinkSync(path.join(elsewhere, 'made'), path.join(dir, '.venv', '.lock'));
  await refused(/\.lock cannot be locked: it is a symbolic link/);
});

asRoot.each(['.', 'generations', 'current'])("root does not go by another user's %s", async (name) => {
  const { inRoot, refused } = await place();
  lchownSync(inRoot(name), other, other);
  await refused(/belongs to another user \(id 65534\)/);
});

asRoot("another user's journal is not acted upon", async () => {
  const { inRoot, refused } = await place('plain');
  mkdirSync(inRoot('work'), { recursive: true });
  writeFileSync(inRoot('work/journal'), '{}');
  lchownSync(inRoot('work/journal'), other, other);
  await refused(/journal .* belongs to another user/);
});

asRoot(
  'a store or data directory that others own or write to is refused, also where only a part of it is',
  async () => {
    const { dir, ww, two } = await place('shared');
    const data = path.join(dir, '.local', 'share', 'wheelwright');
    for (const [target, open, close] of [
      [path.join(dir, 'store'), giveAway, takeBack],
      [path.join(dir, 'store', 'wheels'), openUp, shut],
      [path.join(data, 'shared'), giveAway, takeBack],
      [data, openUp, shut],
    ] as const) {
      open(target);
      const { code, stdout, stderr } = await ww('install', two);
      expect([target, code, stdout]).toEqual([target, 8, '']);
      expect(stderr).toMatch(/^ww: .*(belongs to another user|can be written to by others).*\.\n {4}\S/m);
      close(target);
    }
    expect(await ww('install', two)).toMatchObject({ code: 0 });
  },
);

asRoot('what root puts into the ordinary venv of another user is reported beforehand', async () => {
  const { dir, ww, two } = await place('plain');
  giveAway(path.join(dir, '.venv'));
  for (const args of [
    ['install', two],
    ['uninstall', 'app'],
  ])
    expect(await ww(...args)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('belongs to another user (id 65534)'),
    });
});

asRoot(
  'a code cache in a directory of another user, or that others may write to, is neither read nor made',
  async () => {
    const { dir, ww } = await place();
    const code = path.join(dir, '.cache/wheelwright/code');
    const list = () => readdirSync(code);
    expect(list().length).toBeGreaterThan(0);
    for (const spoil of [giveAway, openUp]) {
      rmSync(code, { recursive: true });
      mkdirSync(code);
      spoil(code);
      expect(await ww('list')).toMatchObject({ code: 0 });
      expect(list()).toEqual([]);
    }
  },
);
