// The check of an environment that is changed in place, without an interpreter: what its shadow holds and where it leads,
// and that nothing of it is left.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { normalizeName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import {
  type ChangeOptions,
  type CheckStaged,
  changeEnvironment,
  type EnvironmentChange,
  type StagedEnvironment,
} from '../../src/index.ts';
import { readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { addGuest, makeVenv } from '../prefixes.ts';

function place(make: (dir: string) => string = makeVenv, given: ChangeOptions = {}) {
  const dir = temporaryDir();
  const env = make(path.join(dir, 'env'));
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const change = (wanted: Partial<EnvironmentChange>, options: ChangeOptions = {}) =>
    changeEnvironment(env, { add: [], remove: [], ...wanted }, { ...given, ...options });
  return { dir, env, wheel, change };
}

/** Looks at what is staged while it is there, and gives what `look` gave. */
async function seen<T>(run: (options: ChangeOptions) => Promise<unknown>, look: (staged: StagedEnvironment) => T) {
  const found: T[] = [];
  await run({ check: async (staged) => void found.push(look(staged)) });
  return found[0]!;
}

const failing: CheckStaged = async () => {
  throw new Error('it does not work');
};

test('The check sees what will be there, in real directories, and nothing that goes.', async () => {
  const { env, wheel, change } = place();
  const siteDir = path.join(env, site);
  addGuest(siteDir, 'guest', { files: { 'guest/__init__.py': 'one', 'guest/old.py': 'o', 'ns/guest.py': '1' } });
  addGuest(siteDir, 'other');
  mkdirSync(path.join(siteDir, 'other/__pycache__'));
  const two = wheel('guest', {
    version: '2.0',
    files: { 'guest/__init__.py': 'two', 'guest/new.py': 'n', 'ns/guest.py': '2', 'ns/more.py': '3' },
    data: { 'data/share/guest': 'data', 'data/top/guest': 'top' },
  });
  const tree = await seen(
    (options) => change({ add: [two], remove: [] }, options),
    ({ stagedDir, sitePackagesDir }) => {
      expect(realpathSync(`${sitePackagesDir}/other`)).toBe(`${sitePackagesDir}/other`);
      writeFileSync(`${sitePackagesDir}/other/__pycache__/x.pyc`, 'code');
      return readTree(stagedDir);
    },
  );
  const names = Object.keys(tree).filter((name) => name.startsWith(`${site}/`));
  expect(names.map((name) => name.slice(site.length + 1)).filter((name) => !name.includes('dist-info'))).toEqual([
    'guest/__init__.py',
    'guest/new.py',
    'ns/guest.py',
    'ns/more.py',
    'other/__init__.py',
    'other/__pycache__/x.pyc',
  ]);
  expect(tree).toMatchObject({ [`${site}/guest/__init__.py`]: 'two', 'share/guest': 'data', 'top/guest': 'top' });
  expect(names.filter((name) => name.endsWith('METADATA'))).toEqual([
    `${site}/guest-2.0.dist-info/METADATA`,
    `${site}/other-1.0.dist-info/METADATA`,
  ]);
  expect(existsSync(path.join(siteDir, 'other/__pycache__/x.pyc'))).toBe(false);
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
});

test('A check that fails leaves the prefix as it was.', async () => {
  const { env, wheel, change } = place();
  addGuest(path.join(env, site), 'guest');
  const before = readTree(env);
  for (const wanted of [
    { add: [wheel('one'), wheel('guest', { version: '2.0' })] },
    { remove: [normalizeName('guest')] },
  ])
    await expect(change(wanted, { check: failing })).rejects.toMatchObject({
      code: 'INSTALL_CHECK_FAILED',
      message: expect.stringContaining('it does not work'),
      data: { committed: false },
    });
  expect(readTree(env)).toEqual(before);
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
});

test('Scripts and activations name the shadow, links into the prefix lead into it, links out of it where they led.', async () => {
  const { env, dir, wheel, change } = place((made) => {
    mkdirSync(`${made}-real`);
    symlinkSync(`${made}-real`, made);
    return makeVenv(made);
  });
  const realDir = `${env}-real`;
  await change({ add: [wheel('one', { scripts: { go: 'one.mod:main' } })] });
  writeFileSync(path.join(env, 'bin/piped'), `#!${realDir}/bin/python3\nimport one\n`);
  writeFileSync(path.join(env, 'bin/activate'), `VIRTUAL_ENV="${env}"\n`);
  writeFileSync(path.join(env, 'bin/shell'), '#!/bin/sh\n');
  writeFileSync(path.join(dir, 'out.py'), 'outside');
  symlinkSync('../out.py', path.join(env, 'lib/../out.py'));
  symlinkSync(path.join(env, site, 'one'), path.join(env, site, 'same'));
  symlinkSync('../../../../out.py', path.join(realDir, site, 'out.py'));
  mkdirSync(path.join(env, 'project/src'), { recursive: true });
  await seen(
    (options) => change({ add: [wheel('two', { scripts: { new: 'two.mod:main' } })] }, options),
    ({ shadow, stagedDir, sitePackagesDir }) => {
      const read = (name: string) => readFileSync(path.join(shadow.dir, 'bin', name), 'utf8');
      for (const name of ['go', 'piped', 'new']) {
        expect(read(name)).toContain(`${shadow.dir}/bin/python`);
        expect(lstatSync(path.join(shadow.dir, 'bin', name)).mode & 0o111).toBe(name === 'piped' ? 0 : 0o111);
      }
      expect(read('activate')).toBe(`VIRTUAL_ENV="${shadow.dir}"\n`);
      expect(read('shell')).toBe('#!/bin/sh\n');
      expect(readFileSync(path.join(env, 'bin/go'), 'utf8')).toContain(`${env}/bin/python`);
      expect(readlinkSync(`${sitePackagesDir}/same`)).toBe(`${sitePackagesDir}/one`);
      expect(readFileSync(`${sitePackagesDir}/out.py`, 'utf8')).toBe('outside');
      expect(realpathSync(`${stagedDir}/project`)).toBe(`${realDir}/project`);
      expect(readlinkSync(`${stagedDir}/lib64`)).toBe('lib');
      expect(readdirSync(stagedDir)).not.toContain('.lock');
    },
  );
});

test('a check rewrites nothing behind a linked directory of scripts', async () => {
  const { env, wheel, change } = place((dir) => {
    makeVenv(dir);
    renameSync(path.join(dir, 'bin'), path.join(dir, 'programs'));
    symlinkSync('programs', path.join(dir, 'bin'));
    writeFileSync(path.join(dir, 'bin/tool'), `#!${dir}/bin/python\n`);
    return dir;
  });
  const before = readTree(path.join(env, 'programs'));
  await seen(
    (options) => change({ add: [wheel('one')] }, options),
    ({ shadow }) => {
      expect(readFileSync(path.join(shadow.dir, 'bin/tool'), 'utf8')).toContain(shadow.dir);
      expect(readlinkSync(path.join(shadow.dir, 'bin/python'))).toBe(path.join(env, 'programs/python'));
    },
  );
  expect(readTree(path.join(env, 'programs'))).toEqual(before);
});

test('A target directory is looked at with what is at its top, but for what has a dot in front.', async () => {
  const { env, wheel, change } = place(
    (dir) => {
      mkdirSync(path.join(dir, '.git'), { recursive: true });
      mkdirSync(path.join(dir, 'mine'));
      writeFileSync(path.join(dir, 'mine/code.py'), '');
      return dir;
    },
    { target: { python: "/opt/it's/python3" } },
  );
  const one = wheel('one', { scripts: { go: 'one.mod:main' } });
  await seen(
    (options) => change({ add: [one] }, options),
    ({ shadow, sitePackagesDir }) => {
      expect(path.resolve(sitePackagesDir)).toBe(shadow.dir);
      expect(shadow).toMatchObject({ isTarget: true, python: "/opt/it's/python3" });
      expect(readdirSync(shadow.dir).sort()).toEqual(['.git', 'bin', 'mine', 'one', 'one-1.0.dist-info']);
      expect(lstatSync(path.join(shadow.dir, '.git')).isSymbolicLink()).toBe(true);
      expect(realpathSync(path.join(shadow.dir, 'mine/code.py'))).toBe(path.join(shadow.dir, 'mine/code.py'));
      expect(shadow.commandDirs.map((dir) => readdirSync(dir).sort())).toEqual([['go'], ['python', 'python3']]);
    },
  );
  expect(readdirSync(env).sort()).toEqual(['.git', 'bin', 'mine', 'one', 'one-1.0.dist-info']);
});

test('A prefix with an interpreter is looked at as a venv of it, without its library.', async () => {
  const { env, wheel, change } = place((dir) => {
    makeVenv(dir);
    rmSync(path.join(dir, 'pyvenv.cfg'));
    rmSync(path.join(dir, 'bin'), { recursive: true });
    mkdirSync(path.join(dir, 'bin'));
    writeFileSync(path.join(dir, 'bin/python3.11'), 'binary', { mode: 0o755 });
    symlinkSync('python3.11', path.join(dir, 'bin/python'));
    writeFileSync(path.join(dir, 'bin/tool'), `#!${dir}/bin/python3.11\n`, { mode: 0o755 });
    writeFileSync(path.join(dir, 'lib/python3.11/os.py'), '');
    writeFileSync(path.join(dir, 'lib/libx.so'), '');
    return dir;
  });
  await seen(
    (options) => change({ add: [wheel('one')] }, options),
    ({ shadow, stagedDir }) => {
      expect(readFileSync(path.join(stagedDir, 'pyvenv.cfg'), 'utf8')).toContain(`home = ${env}/bin\n`);
      expect(readdirSync(path.join(stagedDir, 'lib')).sort()).toEqual(['libx.so', 'python3.11']);
      expect(readdirSync(path.join(stagedDir, 'lib/python3.11'))).toEqual(['site-packages']);
      expect(realpathSync(shadow.python)).toBe(path.join(env, 'bin/python3.11'));
      expect(readFileSync(path.join(stagedDir, 'bin/tool'), 'utf8')).toContain(`${shadow.dir}/bin/python3.11`);
    },
  );
});

test('An edit of an installed file is reported, and the change is refused.', async () => {
  const { env, wheel, change } = place();
  addGuest(path.join(env, site), 'guest');
  const check: CheckStaged = async ({ sitePackagesDir }) => {
    writeFileSync(`${sitePackagesDir}/guest/__init__.py`, 'edited');
    rmSync(`${sitePackagesDir}/guest-1.0.dist-info`, { recursive: true });
  };
  const error = await change({ add: [wheel('one')] }, { check }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'INSTALL_CHECK_FAILED',
    data: { changed: expect.arrayContaining([`${site}/guest/__init__.py`, `${site}/guest-1.0.dist-info/METADATA`]) },
  });
  expect(existsSync(path.join(env, site, 'one'))).toBe(false);
  expect(existsSync(path.join(env, site, 'guest-1.0.dist-info/METADATA'))).toBe(true);
  expect(readFileSync(path.join(env, site, 'guest/__init__.py'), 'utf8')).not.toBe('edited');
});

test('files that another process writes during the check are found after it', async () => {
  const { env, wheel, change } = place();
  let runs = 0;
  const check: CheckStaged = async ({ sitePackagesDir }) => {
    runs += 1;
    if (runs === 1) addGuest(path.join(env, site), 'guest');
    else expect(existsSync(`${sitePackagesDir}/guest/__init__.py`)).toBe(true);
  };
  expect(await change({ add: [wheel('one')] }, { check })).toMatchObject({ committed: true });
  expect(runs).toBe(2);
});
