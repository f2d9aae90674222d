// A venv that gets generations and gives them up: what goes along, what is refused.
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { normalizeName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import {
  adoptEnvironment,
  changeEnvironment,
  type EnvironmentChange,
  listGenerations,
  makePlain,
  readInstalledState,
  verifyEnvironment,
} from '../../src/index.ts';
import { readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { addGuest, makeVenv } from '../prefixes.ts';

function place() {
  const dir = temporaryDir();
  const env = makeVenv(path.join(dir, 'env'));
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const change = (wanted: Partial<EnvironmentChange>) => changeEnvironment(env, { add: [], remove: [], ...wanted });
  const read = (file: string) => readFileSync(path.join(env, file), 'utf8');
  return { dir, env, wheel, change, read };
}

test('adopt keeps the wheel of each distribution and the files without an owner', async () => {
  const { env, wheel, change, read } = place();
  const one = wheel('one', { requested: true });
  await change({ add: [one] });
  addGuest(path.join(env, site), 'guest');
  writeFileSync(path.join(env, site, 'loose.py'), 'no owner');
  writeFileSync(path.join(env, 'notes'), 'at the top');
  symlinkSync('../notes', path.join(env, 'bin/notes'));
  await adoptEnvironment(env, { command: 'ww adopt' });
  expect(listGenerations(env)).toMatchObject([{ number: 1, current: true, command: 'ww adopt' }]);
  expect(readInstalledState(env).distributions).toMatchObject([
    { name: 'guest', wheelSha256: undefined },
    { name: 'one', wheelSha256: one.sha256, requested: true },
  ]);
  expect([read(`${site}/loose.py`), read('notes'), read('bin/notes')]).toEqual([
    'no owner',
    'at the top',
    'at the top',
  ]);
  const unowned = verifyEnvironment(env).problems.map(({ path: file }) => file);
  expect(unowned).toEqual([`${site}/loose.py`]);
  expect(await change({ add: [one] })).toMatchObject({ committed: false });
});

test('the loser of a conflict comes back after adopt and after the way back', async () => {
  const { env, wheel, change, read } = place();
  const winner = () => wheel('winner', { files: { 'shared.py': 'of winner' }, scripts: { tool: 'winner:main' } });
  const loser = () => wheel('loser', { files: { 'shared.py': 'of loser' }, scripts: { tool: 'loser:main' } });
  await change({ add: [winner(), loser()], onConflict: 'last-wins' });
  expect(read(`${site}/shared.py`)).toBe('of winner');
  await adoptEnvironment(env);
  await change({ remove: [normalizeName('winner')] });
  expect(read(`${site}/shared.py`)).toBe('of loser');
  expect(verifyEnvironment(env).problems).toEqual([]);

  await change({ add: [winner()], onConflict: 'last-wins' });
  await makePlain(env);
  expect(read('bin/tool')).toContain('from winner import main');
  await change({ remove: [normalizeName('winner')] });
  expect(read(`${site}/shared.py`)).toBe('of loser');
  expect(read('bin/tool')).toContain('from loser import main');
  expect(verifyEnvironment(env).problems).toEqual([]);
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
});

test('adopt refuses a directory that is not a venv, or links elsewhere, and leaves it unchanged', async () => {
  const { dir, env } = place();
  unlinkSync(path.join(env, 'lib64'));
  symlinkSync(dir, path.join(env, 'share'));
  const before = readTree(env);
  await expect(adoptEnvironment(env)).rejects.toMatchObject({ code: 'INSTALL_UNSUPPORTED_ENVIRONMENT' });
  expect(readTree(env)).toEqual(before);
  unlinkSync(path.join(env, 'share'));
  unlinkSync(path.join(env, 'pyvenv.cfg'));
  unlinkSync(path.join(env, 'bin/python'));
  writeFileSync(path.join(env, 'bin/python'), '');
  await expect(adoptEnvironment(env)).rejects.toMatchObject({ code: 'INSTALL_UNSUPPORTED_ENVIRONMENT' });
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
});

test('Generations are not given up while a process keeps one open.', async () => {
  const { env } = place();
  await adoptEnvironment(env);
  const fd = openSync(path.join(env, '.wheelwright/generations/1'), 'r');
  await expect(makePlain(env)).rejects.toMatchObject({ code: 'INSTALL_IN_USE' });
  closeSync(fd);
  expect(await makePlain(env)).toEqual({ committed: true, distributions: 0, givenUp: [] });
  expect(readlinkSync(path.join(env, 'lib64'))).toBe('lib');
});

test('Nor when a process is started while the venv is being staged.', async () => {
  const { env } = place();
  await adoptEnvironment(env);
  const before = readTree(env);
  let fd: number | undefined;
  const fs: Fs = {
    ...nodeFs,
    symlink: (target, link) => {
      fd ??= openSync(path.join(env, '.wheelwright/generations/1'), 'r');
      nodeFs.symlink(target, link);
    },
  };
  await expect(makePlain(env, { fs })).rejects.toMatchObject({ code: 'INSTALL_IN_USE' });
  closeSync(fd!);
  expect(readTree(env)).toEqual(before);
  expect(await makePlain(env)).toMatchObject({ committed: true });
});

test('A conversion starts again when another process writes into the venv, and gives up when that does not end.', async () => {
  const { env } = place();
  let wrote = 0;
  const writing = (times: number) => ({
    ...nodeFs,
    symlink: (target: string, link: string) => {
      if (link.endsWith('/lib64') && wrote < times) {
        wrote += 1;
        addGuest(path.join(env, site), `guest${wrote}`);
      }
      nodeFs.symlink(target, link);
    },
  });
  await expect(adoptEnvironment(env, { fs: writing(99) })).rejects.toMatchObject({
    code: 'INSTALL_ENVIRONMENT_CHANGED',
  });
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
  expect(await adoptEnvironment(env, { fs: writing(wrote + 1) })).toMatchObject({ committed: true, distributions: 4 });
});

/** The disk, with another process that does `work` right after the first call of `name` whose last path matches. */
function beside(name: 'rename' | 'mkdir', pattern: RegExp, work: () => void): Fs {
  let done = false;
  return new Proxy(nodeFs, {
    get: (fs, key: keyof Fs) =>
      key !== name
        ? fs[key]
        : (...paths: [string, string]) => {
            (fs[name] as (...given: string[]) => void)(...paths);
            if (done || !pattern.test(paths.filter((one) => typeof one === 'string').at(-1)!)) return;
            done = true;
            work();
          },
  });
}

test.each([
  ['gets generations', async () => {}, adoptEnvironment, site],
  ['gives them up', adoptEnvironment, makePlain, `.wheelwright/generations/1/${site}`],
] as const)(
  'What another process writes while a venv %s, after the last look, is named and kept.',
  async (_, prepare, turn, at) => {
    const { env, wheel, change } = place();
    await change({ add: [wheel('one')] });
    await prepare(env);
    const fs = beside('rename', /work\/journal$/, () => addGuest(path.join(env, site), 'guest'));
    const error = await turn(env, { fs }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'INSTALL_ENVIRONMENT_CHANGED',
      data: { committed: true, written: expect.arrayContaining([`${at}/guest/__init__.py`]) },
    });
    const { displaced } = (error as { data: { displaced: { path: string; keptAt: string }[] } }).data;
    const kept = displaced.find((one) => one.path === `${at}/guest/__init__.py`);
    expect(readFileSync(kept!.keptAt, 'utf8')).toContain('version');
    expect(verifyEnvironment(env).problems).toEqual([]);
  },
);

test('A package that another process removes while it is being linked is not in the first generation.', async () => {
  const { env, wheel, change } = place();
  await change({ add: [wheel('one'), wheel('two')] });
  const fs = beside('mkdir', /generations\/1$|new\/\d+\/1$/, () => {
    rmSync(path.join(env, site, 'one'), { recursive: true });
    rmSync(path.join(env, site, 'one-1.0.dist-info'), { recursive: true });
  });
  expect(await adoptEnvironment(env, { fs })).toMatchObject({ committed: true, distributions: 1 });
  expect(verifyEnvironment(env).problems).toEqual([]);
});
