// A change with a check, with a crash and with an error at every mutation of the disk.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, expect, test } from 'vitest';
import { type CheckStaged, changeEnvironment, verifyEnvironment } from '../../src/index.ts';
import { clock, makeEnvironment, readThrough, wheelTree } from '../environments.ts';

const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };
const options = { now: clock(720), keepGenerations: 9 };
const added = { 'lib/python3.11/site-packages/one/__pycache__/mod.cpython-311.pyc': 'code', 'share/new/file': 'x' };

let [env, template] = ['', ''];
const change = () => ({
  add: [wheelTree(path.join(path.dirname(env), 'store'), 'one', { scripts: { go: 'one.mod:main' } })],
  remove: [],
});

/** Stands for a check that leaves byte-code and a file behind. */
const check: CheckStaged = async ({ stagedDir, shadow }) => {
  expect(readdirSync(path.join(shadow.dir, 'bin'))).toContain('go');
  for (const [file, text] of Object.entries(added)) {
    mkdirSync(path.dirname(path.join(stagedDir, file)), { recursive: true });
    writeFileSync(path.join(stagedDir, file), text);
  }
};

beforeEach(() => {
  const dir = memoryDir();
  [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  mkdirSync(template);
  makeEnvironment(template);
  copyTree(template, env);
});

async function finish(after: Record<string, string>): Promise<void> {
  await changeEnvironment(env, change(), { ...options, fs: quickFs, check });
  expect(readThrough(env)).toEqual(after);
  expect(readdirSync(path.join(env, '.wheelwright')).sort()).toEqual(['current', 'format', 'generations']);
  expect(readdirSync(path.join(env, '.wheelwright', 'generations'))).toEqual(['1', '2']);
  expect(verifyEnvironment(env).problems).toEqual([]);
}

async function outcome() {
  const before = readThrough(env);
  await changeEnvironment(env, change(), { ...options, fs: quickFs, check });
  const after = readThrough(env);
  expect(Object.keys(after).filter((file) => file in added)).toEqual([]);
  return { before, after };
}

test('A checked change that crashes anywhere reads as old or new, and the next one leaves nothing over.', async () => {
  const { before, after } = await outcome();
  const points = await forEveryCrash({
    inner: quickFs,
    setUp: () => copyTree(template, env),
    run: (fs) => changeEnvironment(env, change(), { ...options, fs, check }),
    check: async () => {
      expect([before, after]).toContainEqual(readThrough(env));
      await finish(after);
    },
  });
  expect(points).toBeGreaterThan(50);
});

test('A checked change that meets an error is undone, or done.', async () => {
  const { before, after } = await outcome();
  await forEveryError({
    inner: quickFs,
    errors: ['ENOSPC'],
    setUp: () => copyTree(template, env),
    run: (fs) => changeEnvironment(env, change(), { ...options, fs, check }),
    check: async (_n, _context, { thrown, sticky }) => {
      const committed = thrown === undefined || (isCodedError(thrown) && thrown.data.committed === true);
      expect(readThrough(env)).toEqual(committed ? after : before);
      if (!committed && !sticky) expect(existsSync(path.join(env, '.wheelwright', 'staging'))).toBe(false);
      await finish(after);
    },
  });
});
