import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspectLock } from '@wheelwright/fslock';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createTemporary, type Fs, nodeFs, sweepPartials, sweepTemporaries } from '../src/index.ts';

test('a temporary is empty, leased while it lives, and gone when released', async () => {
  const dir = temporaryDir();
  const temporary = await createTemporary(dir, { prefix: 'build' });
  const outer = path.dirname(temporary.dir);
  expect(path.basename(outer)).toMatch(new RegExp(`^\\.build-${process.pid}-[0-9a-f]{12}$`));
  expect(readdirSync(temporary.dir)).toEqual([]);
  expect((await inspectLock(path.join(outer, '.lease'))).state).toBe('exclusive');
  writeFileSync(path.join(temporary.dir, 'file'), '');
  expect(await sweepTemporaries(dir, { prefix: 'build' })).toEqual([]);
  temporary.release();
  temporary.release();
  expect(readdirSync(dir)).toEqual([]);
});

test('its directory may be published as a whole, and carries no lease along', async () => {
  const dir = temporaryDir();
  const temporary = await createTemporary(dir, { prefix: 'build' });
  writeFileSync(path.join(temporary.dir, 'file'), '');
  renameSync(temporary.dir, path.join(dir, 'published'));
  temporary.release();
  expect(readdirSync(dir)).toEqual(['published']);
  expect(readdirSync(path.join(dir, 'published'))).toEqual(['file']);
});

test('a sweep takes those without an owner, of its prefix alone', async () => {
  const dir = temporaryDir();
  const dead = ['.build-1-00112233aabb', '.build-2-00112233aabb', '.other-1-00112233aabb', '.build-x', 'build-1-2'];
  for (const name of dead) mkdirSync(path.join(dir, name, 'content'), { recursive: true });
  writeFileSync(path.join(dir, '.build-1-00112233aabb', '.lease'), '');
  symlinkSync('build-1-2', path.join(dir, '.build-3-00112233aabb'));
  const swept = await sweepTemporaries(dir, { prefix: 'build' });
  expect(swept.sort()).toEqual(dead.slice(0, 2).map((name) => path.join(dir, name)));
  expect(readdirSync(dir).sort()).toEqual(['.build-3-00112233aabb', '.build-x', '.other-1-00112233aabb', 'build-1-2']);
  expect(await sweepTemporaries(path.join(dir, 'absent'), { prefix: 'build' })).toEqual([]);
});

test('an owner that was swept before it had its lease takes another directory', async () => {
  const dir = temporaryDir();
  let sweeping: Promise<string[]> | undefined;
  const sweptAtOnce: Fs = {
    ...nodeFs,
    mkdir: (target, mode) => {
      nodeFs.mkdir(target, mode);
      // What a sweep does runs up to its end before our lease is asked for: fslock tries without waiting.
      sweeping ??= sweepTemporaries(dir, { prefix: 'build' });
    },
  };
  const temporary = await createTemporary(dir, { prefix: 'build', fs: sweptAtOnce });
  const swept = await sweeping;
  expect(existsSync(temporary.dir)).toBe(true);
  expect(swept).not.toContain(path.dirname(temporary.dir));
  expect(readdirSync(dir)).toEqual([path.basename(path.dirname(temporary.dir))]);
  temporary.release();
});

test('a temporary that cannot be made leaves nothing', async () => {
  const dir = temporaryDir();
  const failing: Fs = {
    ...nodeFs,
    mkdir: (target, mode) => {
      if (target.endsWith('content')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      nodeFs.mkdir(target, mode);
    },
  };
  await expect(createTemporary(dir, { prefix: 'build', fs: failing })).rejects.toThrow('ENOSPC');
  expect(readdirSync(dir)).toEqual([]);
});

test('partials go when their writers are excluded, else when they are a day old', () => {
  const dir = temporaryDir();
  const [young, old, link] = ['.a.1-00112233aabb.partial', '.a.2-00112233aabb.partial', '.b.1-00112233aabb.partial'];
  for (const name of [young, old, 'a', '.a.partial']) writeFileSync(path.join(dir, name), '');
  symlinkSync('a', path.join(dir, link));
  const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
  utimesSync(path.join(dir, old), twoDaysAgo, twoDaysAgo);
  expect(sweepPartials(dir)).toEqual([path.join(dir, old)]);
  expect(sweepPartials(dir, { writers: 'excluded', of: 'a' })).toEqual([path.join(dir, young)]);
  expect(sweepPartials(dir, { writers: 'excluded' })).toEqual([path.join(dir, link)]);
  expect(readdirSync(dir).sort()).toEqual(['.a.partial', 'a']);
});
