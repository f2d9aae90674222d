// Environments that are changed in place: what lies where afterwards, what is refused, what stays whose it was.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { normalizeName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import {
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  readInstalledState,
  rollBack,
  verifyEnvironment,
} from '../../src/index.ts';
import { readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { addGuest, makeVenv } from '../prefixes.ts';

function place() {
  const dir = temporaryDir();
  const env = makeVenv(path.join(dir, 'env'));
  const siteDir = path.join(env, site);
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const change = (wanted: Partial<EnvironmentChange>, options: ChangeOptions = {}) =>
    changeEnvironment(env, { add: [], remove: [], ...wanted }, options);
  const read = (file: string) => readFileSync(path.join(env, file), 'utf8');
  const problems = () => verifyEnvironment(env).problems;
  return { dir, env, siteDir, wheel, change, read, problems };
}

const name = normalizeName;

describe('A change in place', () => {
  test('puts every scheme where pip would, with scripts that name the interpreter of the prefix', async () => {
    const { env, wheel, change, read, problems } = place();
    const one = wheel('one', {
      scripts: { go: 'one.mod:Main.run' },
      data: {
        'scripts/body': '#!python\nprint(1)\n',
        'headers/one.h': 'h',
        'data/share/one.txt': 's',
        'purelib/p.py': 'p',
      },
      requested: true,
      directUrl: '{"url": "file:///one"}',
    });
    expect(await change({ add: [one] })).toMatchObject({ generation: undefined, committed: true, retired: [] });
    expect(read('bin/go')).toBe(
      `#!${env}/bin/python\nimport sys\n\nfrom one.mod import Main\n\nif __name__ == "__main__":\n    sys.exit(Main.run())\n`,
    );
    expect(read('bin/body')).toBe(`#!${env}/bin/python\nprint(1)\n`);
    expect(statSync(path.join(env, 'bin/body')).mode & 0o111).toBe(0o111);
    expect(read('include/site/python3.11/one/one.h')).toBe('h');
    expect(read('share/one.txt')).toBe('s');
    expect(read(`${site}/one-1.0.dist-info/INSTALLER`)).toBe('wheelwright\n');
    expect(read(`${site}/one-1.0.dist-info/REQUESTED`)).toBe('');
    expect(read(`${site}/one-1.0.dist-info/direct_url.json`)).toBe('{"url": "file:///one"}');
    expect(read(`${site}/one-1.0.dist-info/RECORD`)).toContain('../../../bin/go,sha256=');
    expect(problems()).toEqual([]);
    expect(await change({ add: [one] })).toMatchObject({ committed: false });
  });

  test('leaves nothing over after the last distribution, but for the directories of the schemes', async () => {
    const { env, wheel, change } = place();
    const before = readTree(env);
    const data = { 'data/share/deep/one.txt': 's', 'headers/one.h': 'h' };
    await change({ add: [wheel('one', { scripts: { go: 'one:main' }, data })] });
    await change({ remove: [name('one')] });
    const after = readTree(env);
    delete after['include/site/python3.11/'];
    delete before['include/'];
    expect(after).toEqual(before);
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
  });

  test('replaces what pip installed by its RECORD, byte-code and all, and leaves files without an owner', async () => {
    const { env, siteDir, wheel, change, problems } = place();
    const files = { 'guest/__init__.py': '1', 'guest/old/a.py': 'a', '../../../bin/guest': '#!x\n', 'guest.py': 'g' };
    addGuest(siteDir, 'guest', { files });
    mkdirSync(path.join(siteDir, 'guest/old/__pycache__'));
    writeFileSync(path.join(siteDir, 'guest/old/__pycache__/a.cpython-311.pyc'), 'code');
    mkdirSync(path.join(siteDir, '__pycache__'));
    writeFileSync(path.join(siteDir, '__pycache__/guest.cpython-311.pyc'), 'code');
    writeFileSync(path.join(siteDir, '__pycache__/other.cpython-311.pyc'), 'of another');
    writeFileSync(path.join(siteDir, 'other.py'), 'no owner');
    writeFileSync(path.join(siteDir, 'guest/mine.txt'), 'no owner');
    const guest = wheel('guest', { version: '2.0', files: { 'guest/__init__.py': '2', 'guest.py': 'g2' } });
    expect(await change({ add: [guest] })).toMatchObject({ upgraded: [{ name: 'guest', from: '1.0', to: '2.0' }] });
    expect(
      Object.keys(readTree(siteDir))
        .filter((file) => !file.includes('dist-info'))
        .sort(),
    ).toEqual(['__pycache__/other.cpython-311.pyc', 'guest.py', 'guest/__init__.py', 'guest/mine.txt', 'other.py']);
    expect(existsSync(path.join(env, 'bin/guest'))).toBe(false);
    expect(readdirSync(siteDir)).not.toContain('guest-1.0.dist-info');
    expect(problems().map(({ kind, path: file }) => [kind, path.basename(file)])).toEqual([
      ['unowned', 'mine.txt'],
      ['unowned', 'other.py'],
    ]);
  });

  test('gives a directory that is replaced as a whole a newer time, even than one of the future', async () => {
    const { siteDir, wheel, change } = place();
    await change({ add: [wheel('one', { files: { 'one/sub/x.py': '1' } })] });
    const before = new Date(Date.now() + 86_400_000);
    for (const directory of ['one', 'one/sub', '.']) utimesSync(path.join(siteDir, directory), before, before);
    await change({ add: [wheel('one', { version: '2.0', files: { 'one/sub/x.py': '2' } })] });
    for (const directory of ['one', 'one/sub', '.'])
      expect(statSync(path.join(siteDir, directory)).mtimeMs).toBeGreaterThan(before.getTime());
  });

  test('removes no file outside of the prefix, and none through a link, whatever a RECORD says', async () => {
    const { dir, siteDir, change } = place();
    mkdirSync(path.join(dir, 'elsewhere'));
    writeFileSync(path.join(dir, 'elsewhere/x.py'), 'precious');
    writeFileSync(path.join(dir, 'secret'), 'precious');
    symlinkSync(path.join(dir, 'elsewhere'), path.join(siteDir, 'linked'));
    const bad = [
      'linked/x.py',
      '../../../../secret',
      path.join(dir, 'secret'),
      '../../../bin/python',
      '../../../pyvenv.cfg',
      '../../../bin',
      '../..',
      '.',
    ];
    const record = [...bad, 'evil.py', 'evil-1.0.dist-info/RECORD'].map((file) => `${file},,\n`).join('');
    addGuest(siteDir, 'evil', { files: { 'evil.py': '' }, record });
    const before = readTree(dir);
    await change({ remove: [name('evil')] });
    const gone = Object.keys(before).filter((file) => readTree(dir)[file] === undefined);
    const info = ['INSTALLER', 'METADATA', 'RECORD'].map((file) => `env/${site}/evil-1.0.dist-info/${file}`);
    expect(gone.sort()).toEqual([...info, `env/${site}/evil.py`]);
  });

  test('refuses a distribution without RECORD, and says which tool installed it', async () => {
    const { siteDir, env, wheel, change } = place();
    addGuest(siteDir, 'guest', { record: false, installer: 'conda' });
    const before = readTree(env);
    const refusal = { code: 'INSTALL_NO_RECORD', hint: expect.stringContaining('conda') };
    await expect(change({ add: [wheel('guest', { version: '2.0' })] })).rejects.toMatchObject(refusal);
    await expect(change({ remove: [name('guest')] })).rejects.toMatchObject({ code: 'INSTALL_NO_RECORD' });
    expect(readTree(env)).toEqual(before);
  });

  test('takes an editable of pip away with its finder', async () => {
    const { siteDir, change } = place();
    addGuest(siteDir, 'guest', {
      files: { '__editable__.guest-1.0.pth': '/src\n', '__editable___guest_finder.py': '' },
      directUrl: '{"url": "file:///src", "dir_info": {"editable": true}}',
    });
    await change({ remove: [name('guest')] });
    expect(readdirSync(siteDir)).toEqual([]);
  });

  test('refuses to put a package where a link or a file without an owner is', async () => {
    const { dir, env, siteDir, wheel, change } = place();
    symlinkSync(dir, path.join(siteDir, 'one'));
    const before = readTree(env);
    await expect(change({ add: [wheel('one')] })).rejects.toMatchObject({ code: 'INSTALL_PATH_OCCUPIED' });
    unlinkSync(path.join(siteDir, 'one'));
    writeFileSync(path.join(siteDir, 'one'), '');
    await expect(change({ add: [wheel('one')] })).rejects.toMatchObject({ code: 'INSTALL_PATH_OCCUPIED' });
    unlinkSync(path.join(siteDir, 'one'));
    delete before[`${site}/one`];
    expect(readTree(env)).toEqual({ ...before, [`${site}/`]: '' });
  });

  test('keeps what loses a conflict, and gives it back when the winner goes', async () => {
    const { env, siteDir, wheel, change, read, problems } = place();
    addGuest(siteDir, 'early', { files: { 'shared.py': 'of early', 'early.py': '' } });
    const late = wheel('late', { files: { 'shared.py': 'of late', 'late.py': '' } });
    await expect(change({ add: [late] })).rejects.toMatchObject({ code: 'INSTALL_CONFLICT' });
    await change({ add: [late], onConflict: 'last-wins' });
    expect(read(`${site}/shared.py`)).toBe('of late');
    expect(problems()).toEqual([]);
    expect(existsSync(path.join(env, '.wheelwright/kept/index.json'))).toBe(true);
    await change({ remove: [late.name] });
    expect(read(`${site}/shared.py`)).toBe('of early');
    expect(problems()).toEqual([]);
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
    await change({ add: [late], onConflict: 'last-wins' });
    await change({ remove: [name('early')] });
    expect(read(`${site}/shared.py`)).toBe('of late');
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
  });

  test('is planned again when pip writes meanwhile, and given up when that does not end', async () => {
    const { env, siteDir, wheel, change } = place();
    let wrote = 0;
    const writing = (times: number) => ({
      ...nodeFs,
      mkdir: (dir: string, mode?: number) => {
        if (dir.endsWith('/transaction') && wrote < times) {
          wrote += 1;
          addGuest(siteDir, `guest${wrote}`);
        }
        nodeFs.mkdir(dir, mode);
      },
    });
    await change({ add: [wheel('one')] }, { fs: writing(2) });
    expect(readInstalledState(env).distributions.map((owner) => owner.name)).toEqual(['guest1', 'guest2', 'one']);
    const failed = change({ add: [wheel('two')] }, { fs: writing(99) });
    await expect(failed).rejects.toMatchObject({ code: 'INSTALL_ENVIRONMENT_CHANGED', data: { committed: false } });
    expect(readdirSync(siteDir)).not.toContain('two');
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
  });

  test('ends before the commit when it is aborted, and leaves nothing', async () => {
    const { env, wheel, change } = place();
    const before = readTree(env);
    const aborted = change({ add: [wheel('one')] }, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(aborted).rejects.toThrow();
    expect(readTree(env)).toEqual(before);
  });

  test('has no generation to go back to, and says what has', async () => {
    const { env } = place();
    const refusal = {
      code: 'INSTALL_UNSUPPORTED_ENVIRONMENT',
      hint: expect.stringContaining('environment with generations'),
    };
    await expect(rollBack(env)).rejects.toMatchObject(refusal);
  });
});

test('A prefix that the system keeps is changed only when that is asked for.', async () => {
  const { env, wheel, change } = place();
  unlinkSync(path.join(env, 'pyvenv.cfg'));
  unlinkSync(path.join(env, 'bin/python'));
  writeFileSync(path.join(env, 'bin/python'), '');
  writeFileSync(path.join(env, path.dirname(site), 'EXTERNALLY-MANAGED'), '[externally-managed]\nError=no\n');
  const refusal = { code: 'INSTALL_EXTERNALLY_MANAGED', hint: expect.stringContaining('breakSystemPackages') };
  await expect(change({ add: [wheel('one')] })).rejects.toMatchObject(refusal);
  expect(await change({ add: [wheel('one')] }, { breakSystemPackages: true })).toMatchObject({ committed: true });
});

test('A target directory is made, and holds packages, data and scripts; what is not named stays.', async () => {
  const { dir, wheel } = place();
  const target = path.join(dir, 'deep/target');
  const options = { target: { python: '/usr/bin/python3' } };
  const one = wheel('one', { scripts: { go: 'one:main' }, data: { 'data/etc/one.conf': 'c', 'headers/one.h': 'h' } });
  const change = (wanted: Partial<EnvironmentChange>) =>
    changeEnvironment(target, { add: [], remove: [], ...wanted }, options);
  await change({ add: [one] });
  addGuest(target, 'guest');
  await change({ add: [wheel('two')] });
  const files = Object.keys(readTree(target)).filter((file) => !file.includes('dist-info'));
  expect(files.sort()).toEqual([
    'bin/go',
    'etc/one.conf',
    'guest/__init__.py',
    'include/one/one.h',
    'one/__init__.py',
    'one/mod.py',
    'two/__init__.py',
    'two/mod.py',
  ]);
  expect(readFileSync(path.join(target, 'bin/go'), 'utf8')).toBe(`#!/bin/sh
'''exec' "$(command -v python3 || echo python3)" "$0" "$@"
' '''
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from one import main

if __name__ == "__main__":
    sys.exit(main())
`);
  expect(readFileSync(path.join(target, 'one-1.0.dist-info/RECORD'), 'utf8')).toMatch(/^bin\/go,sha256=/m);
  expect(verifyEnvironment(target, options).problems).toEqual([]);
  await change({ remove: [one.name, name('two'), name('guest')] });
  expect(readdirSync(target)).toEqual([]);
});

test('a file that another process writes into a replaced package after the last check is reported', async () => {
  const { siteDir, wheel, change, problems } = place();
  await change({ add: [wheel('one')] });
  let done = false;
  const rename = (from: string, to: string) => {
    nodeFs.rename(from, to);
    if (done || !to.endsWith('work/journal')) return;
    done = true;
    writeFileSync(path.join(siteDir, 'one/late.py'), '');
  };
  const fs = { ...nodeFs, rename };
  await expect(change({ add: [wheel('one', { version: '2.0' })] }, { fs })).rejects.toMatchObject({
    code: 'INSTALL_ENVIRONMENT_CHANGED',
    data: { committed: true, written: [`${site}/one/late.py`], result: { upgraded: [{ name: 'one' }] } },
  });
  expect(problems()).toEqual([]);
});

test('absent byte-code that a RECORD names is accepted, also where virtualenv expects it beside its source', () => {
  const { env, siteDir, problems } = place();
  const lines = [
    'guest/__init__.py',
    'guest/__pycache__',
    'guest/__pycache__/x.cpython-311.pyc',
    'guest/x.cpython-311.pyc',
  ];
  const rest = ['METADATA', 'INSTALLER', 'RECORD'].map((file) => `guest-1.0.dist-info/${file}`);
  addGuest(siteDir, 'guest', { record: [...lines, ...rest].map((line) => `${line},,\n`).join('') });
  writeFileSync(path.join(siteDir, 'guest-1.0.virtualenv'), '');
  expect(problems()).toEqual([]);
  unlinkSync(path.join(env, site, 'guest/__init__.py'));
  expect(problems()).toMatchObject([{ kind: 'missing', path: `${site}/guest/__init__.py` }]);
});

describe('A file that another tool removed', () => {
  const shared = { 'nvidia/__init__.py': '' };
  test.each([{ force: false }, { force: true }])('is laid by a wheel that brings it (%j)', async ({ force }) => {
    const { env, siteDir, wheel, change, problems } = place();
    const [a, b] = ['a', 'b'].map((one) => wheel(one, { files: { ...shared, [`nvidia/${one}.py`]: one } }));
    await change({ add: [a!, b!] });
    unlinkSync(path.join(siteDir, 'nvidia/__init__.py'));
    const next = force ? a! : wheel('a', { version: '2.0', files: { ...shared, 'nvidia/a.py': '2' } });
    await change({ add: [next], force });
    expect(existsSync(path.join(env, site, 'nvidia/__init__.py'))).toBe(true);
    expect(problems()).toEqual([]);
  });

  test('is laid as its RECORD states where it was edited', async () => {
    const { siteDir, wheel, change, problems } = place();
    const [a, b] = ['a', 'b'].map((one) => wheel(one, { files: { 'ns/same.py': 'same', [`ns/${one}.py`]: one } }));
    await change({ add: [a!] });
    unlinkSync(path.join(siteDir, 'ns/same.py'));
    writeFileSync(path.join(siteDir, 'ns/same.py'), 'edited');
    await change({ add: [b!] });
    expect(readFileSync(path.join(siteDir, 'ns/same.py'), 'utf8')).toBe('same');
    expect(problems()).toEqual([]);
  });
});

test('a change is planned again when pip removes the same package meanwhile', async () => {
  const { env, siteDir, wheel, change } = place();
  addGuest(siteDir, 'guest', { files: { 'guest/__init__.py': '1', 'guest/x.py': '1' } });
  let left = 1;
  // pip comes by between the look at the prefix and the staging of each path.
  const fs = {
    ...nodeFs,
    mkdir: (dir: string, mode?: number) => {
      nodeFs.mkdir(dir, mode);
      if (!dir.endsWith('/old') || left === 0) return;
      left -= 1;
      for (const name of ['guest', 'guest-1.0.dist-info']) rmSync(path.join(siteDir, name), { recursive: true });
    },
  };
  const result = await change({ add: [wheel('guest', { version: '2.0' })] }, { fs });
  expect(result).toMatchObject({ committed: true, installed: [{ name: 'guest', version: '2.0' }], upgraded: [] });
  expect(verifyEnvironment(env).problems).toEqual([]);
});

test('A RECORD that pip has just removed makes the plan be made again', async () => {
  const { env, siteDir, wheel } = place();
  addGuest(siteDir, 'guest');
  let asked = 0;
  // pip removes the RECORD while the first plan is made, and the rest of the package before the second.
  const wanted = () => {
    asked += 1;
    if (asked === 1) rmSync(path.join(siteDir, 'guest-1.0.dist-info/RECORD'));
    return { add: [wheel('guest', { version: '2.0' })], remove: [] };
  };
  const early = async (state: { distributions: readonly unknown[] }) => {
    if (asked === 1) expect(state.distributions).toHaveLength(1);
    const change = wanted();
    if (asked === 2)
      for (const name of ['guest', 'guest-1.0.dist-info']) rmSync(path.join(siteDir, name), { recursive: true });
    return change;
  };
  const result = await changeEnvironment(env, early, {});
  expect([asked, result.committed]).toEqual([3, true]);
  expect(verifyEnvironment(env).problems).toEqual([]);
});
