// The restoring of an environment that is damaged everywhere, with a crash and with an error at every mutation of the
// disk: afterwards it is not worse than before, and the next one finishes.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { changeEnvironment, findEnvironmentFaults, restoreEnvironment, verifyEnvironment } from '../../src/index.ts';
import { clock, makeEnvironment, wheelTree } from '../environments.ts';
import { makeVenv } from '../prefixes.ts';

const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };
const markers = { platform_python_implementation: 'CPython' } as never;
const interpreter = {
  executable: process.execPath,
  version: [3, 11, 0] as const,
  versionText: '3.11.0',
  libDirName: 'python3.11',
  markers,
  cacheTag: 'cpython-311',
  magic: 'a70d0d0a',
};

describe.each([
  ['with generations', makeEnvironment],
  ['without', makeVenv],
])('An environment %s', (_, make) => {
  test('is put right whatever happens on the way.', async () => {
    const dir = memoryDir();
    const [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
    make(template);
    const one = wheelTree(path.join(dir, 'store'), 'one');
    await changeEnvironment(template, { add: [one], remove: [] }, { now: clock(1), fs: quickFs });
    const isOwn = existsSync(path.join(template, '.wheelwright/format'));
    const inPrefix = (name: string) => path.join(template, isOwn ? '.wheelwright/generations/2' : '', name);
    for (const name of ['bin/python', 'bin/python3', 'generation.json', 'lib64'])
      rmSync(inPrefix(name), { force: true });
    writeFileSync(inPrefix('bin/activate'), '');
    if (isOwn) {
      for (const name of ['bin', 'lib64', '.wheelwright/current']) rmSync(path.join(template, name));
      mkdirSync(path.join(template, 'bin'));
      writeFileSync(path.join(template, 'bin/mine'), 'mine');
      rmSync(path.join(template, '.wheelwright/format'));
      writeFileSync(path.join(template, 'pyvenv.cfg'), '');
    }
    symlinkSync('/nowhere', inPrefix('bin/python'));

    const restore = (fs: Fs) => restoreEnvironment(env, { interpreter, fs, now: clock(720) });
    const restoreWhole = async () => {
      await restore(quickFs);
      expect(findEnvironmentFaults(env)?.faults).toEqual([]);
      expect(verifyEnvironment(env).problems.filter(({ kind }) => kind !== 'unowned')).toEqual([]);
      if (!isOwn) return;
      const kept = path.join(env, '.wheelwright/aside/1/bin/mine');
      expect(readFileSync(kept, 'utf8')).toBe('mine');
    };
    const loop = { inner: quickFs, setUp: () => copyTree(template, env), run: restore, check: restoreWhole };
    expect(await forEveryCrash(loop)).toBeGreaterThan(isOwn ? 50 : 10);
    await forEveryError({ ...loop, errors: ['ENOSPC'], sticky: [true] });
  });
});
