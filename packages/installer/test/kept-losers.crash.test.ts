// A conflict settled by last-wins, and its loser coming back, with a crash at every mutation of the disk.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { forEveryCrash } from '@wheelwright/testkit/every-crash';
import { expect, onTestFinished, test } from 'vitest';
import { changeEnvironment, type EnvironmentChange, readInstalledState, verifyEnvironment } from '../src/index.ts';
import { clock, makeEnvironment, readThrough, wheelTree } from './environments.ts';

const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

test.each(['settled', 'undone'])(
  'A conflict that is %s while a crash falls anywhere reads as before or after.',
  async (what) => {
    const parent = ['/dev/shm', tmpdir()].find((candidate) => existsSync(candidate))!;
    const dir = mkdtempSync(path.join(parent, 'ww-test-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
    mkdirSync(template);
    makeEnvironment(template);
    const [a, b] = ['a', 'b'].map((name) => {
      const files = { 'ns/shared.py': `of ${name}`, [`ns/${name}.py`]: '' };
      return wheelTree(path.join(dir, 'store'), name, { files, scripts: { go: `${name}:main` } });
    });
    const options = { now: clock(720), keepGenerations: 9, fs: quickFs };
    await changeEnvironment(template, { add: [a!], remove: [] }, options);
    const settle: EnvironmentChange = { add: [b!], remove: [], onConflict: 'last-wins' };
    if (what === 'undone') await changeEnvironment(template, settle, options);
    const run = (fs: Fs) => {
      const isThere = readInstalledState(env).distributions.some(({ name }) => name === b!.name);
      const undo = { add: [], remove: isThere ? [b!.name] : [] };
      return changeEnvironment(env, what === 'settled' ? settle : undo, { ...options, fs });
    };
    const copy = () => {
      rmSync(env, { recursive: true, force: true });
      cpSync(template, env, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    };
    copy();
    const before = readThrough(env);
    await run(quickFs);
    const after = readThrough(env);
    expect(Object.keys(after).some((file) => file.startsWith('.wheelwright/kept/'))).toBe(what === 'settled');
    await forEveryCrash({
      inner: quickFs,
      setUp: copy,
      run,
      check: async () => {
        expect([before, after]).toContainEqual(readThrough(env));
        await run(quickFs);
        expect(readThrough(env)).toEqual(after);
        expect(verifyEnvironment(env).problems).toEqual([]);
      },
    });
  },
);
