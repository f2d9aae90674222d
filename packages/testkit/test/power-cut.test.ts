import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FsLike } from '../src/crashing-fs.ts';
import { cutPowerEverywhere, forEveryPowerCut, type PowerCutSubject } from '../src/power-cut/power-cut.ts';
import { temporaryDir } from '../src/temporary.ts';
import { disk } from './plain-disk.ts';

function writeFile(fs: FsLike, file: string, text: string, { sync }: { sync: boolean }): void {
  const fd = fs.open(file, 'wx');
  fs.write(fd, Buffer.from(text));
  if (sync) fs.fsync(fd);
  fs.close(fd);
}

/** Everything that any cut may leave, as seen by `read`. */
async function everyState(subject: Omit<PowerCutSubject, 'name' | 'look'>, read: (dir: string) => string) {
  const found = new Set<string>();
  const look = (dir: string) => {
    found.add(read(dir));
    return 'new' as const;
  };
  await cutPowerEverywhere({ name: '', ...subject, look }, { dir: path.join(temporaryDir(), 'disk'), inner: disk });
  return [...found].sort();
}

const textOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '(absent)');

test('an unsynced file may be whole, empty, zeroed, torn or absent', async () => {
  const run = (fs: FsLike, dir: string) => writeFile(fs, path.join(dir, 'a'), 'abcd', { sync: false });
  const states = await everyState({ setUp: () => undefined, run }, (dir) => textOf(path.join(dir, 'a')));
  expect(states).toEqual(['', '\0\0\0\0', '(absent)', 'ab', 'abcd']);
});

test('a file that was synced keeps its content, and its name only when the directory was', async () => {
  const run = (fs: FsLike, dir: string) => writeFile(fs, path.join(dir, 'a'), 'abcd', { sync: true });
  const look = (dir: string): 'old' | 'new' => (existsSync(path.join(dir, 'a')) ? 'new' : 'old');
  const report = await cutPowerEverywhere(
    { name: '', setUp: () => undefined, run, look },
    { dir: path.join(temporaryDir(), 'disk'), inner: disk },
  );
  expect(report.violations).toEqual([expect.stringContaining('and it had returned, left only what was synced: old')]);
});

test('a rename over a file is lost or kept as a whole, and with it goes what was not synced before', async () => {
  const subject = (sync: boolean) => ({
    setUp: (dir: string) => writeFileSync(path.join(dir, 'a'), 'old'),
    run: (fs: FsLike, dir: string) => {
      writeFile(fs, path.join(dir, 'b'), 'new', { sync });
      fs.rename(path.join(dir, 'b'), path.join(dir, 'a'));
    },
  });
  expect(await everyState(subject(true), (dir) => textOf(path.join(dir, 'a')))).toEqual(['new', 'old']);
  expect(await everyState(subject(false), (dir) => textOf(path.join(dir, 'a')))).toContain('');
});

test('files from before the run keep their links, modes and times in every state', async () => {
  const setUp = (dir: string) => {
    mkdirSync(path.join(dir, 'sub'), { mode: 0o750 });
    writeFileSync(path.join(dir, 'a'), 'a', { mode: 0o640 });
    linkSync(path.join(dir, 'a'), path.join(dir, 'sub', 'b'));
  };
  const states = await everyState(
    { setUp, run: (fs, dir) => fs.symlink('a', path.join(dir, 'c')) },
    (dir) =>
      `${readdirSync(path.join(dir, 'sub'))} ${statSync(path.join(dir, 'a')).nlink} ${statSync(path.join(dir, 'sub')).mode & 0o777}`,
  );
  expect(states).toEqual([`b 2 ${0o750}`]);
});

test('a loop in which nothing was ever decided has shown nothing', async () => {
  const subject: PowerCutSubject = { name: '', setUp: () => undefined, run: () => undefined, look: () => 'new' };
  const dir = path.join(temporaryDir(), 'disk');
  await expect(forEveryPowerCut(subject, { dir, inner: disk })).rejects.toThrow('Only new at 1 points');
});
