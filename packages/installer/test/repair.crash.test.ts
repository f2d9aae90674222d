// A repair — a distribution installed again, leftovers thrown away, the environment's own files written again — with a
// crash at every mutation of the disk.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { forEveryCrash } from '@wheelwright/testkit/every-crash';
import { expect, onTestFinished, test } from 'vitest';
import { changeEnvironment, planRepair, verifyEnvironment } from '../src/index.ts';
import { clock, makeEnvironment, readThrough, site, wheelTree } from './environments.ts';

const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

test('A repair that crashes anywhere leaves the damage as it was or nothing of it, and the next one finishes.', async () => {
  const parent = ['/dev/shm', tmpdir()].find((candidate) => existsSync(candidate))!;
  const dir = mkdtempSync(path.join(parent, 'ww-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  mkdirSync(template);
  makeEnvironment(template);
  const one = wheelTree(path.join(dir, 'store'), 'one', { scripts: { go: 'one.mod:main' } });
  await changeEnvironment(template, { add: [one], remove: [] }, { now: clock(1), fs: quickFs });
  const at = (file: string) => path.join(template, site, file);
  rmSync(at('one/mod.py'));
  mkdirSync(at('~ne'));
  writeFileSync(at('~ne/x.py'), 'x');
  writeFileSync(at('_wheelwright_pin.py'), 'edited');
  const before = readThrough(template);

  const repair = (fs: Fs) => {
    const { reinstall, discard } = planRepair(env);
    const add = reinstall.map(() => one);
    const change = { add, remove: [], force: [one.name], discard, renew: true };
    return changeEnvironment(env, change, { now: clock(720), keepGenerations: 9, fs });
  };
  const copy = () => {
    rmSync(env, { recursive: true, force: true });
    cpSync(template, env, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  };
  copy();
  await repair(quickFs);
  const after = readThrough(env);
  expect(verifyEnvironment(env).problems).toEqual([]);
  const points = await forEveryCrash({
    inner: quickFs,
    setUp: copy,
    run: repair,
    check: async () => {
      expect([before, after]).toContainEqual(readThrough(env));
      await repair(quickFs);
      expect(readThrough(env)).toEqual(after);
      expect(verifyEnvironment(env).problems).toEqual([]);
    },
  });
  expect(points).toBeGreaterThan(20);
});
