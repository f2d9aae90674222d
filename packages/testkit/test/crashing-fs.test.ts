import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Crash, crashingFs, type FsLike } from '../src/crashing-fs.ts';
import { forEveryCrash, forEveryError } from '../src/every-crash.ts';
import { temporaryDir } from '../src/temporary.ts';
import { disk } from './plain-disk.ts';

function writeAside(on: FsLike, file: string): void {
  const fd = on.open(`${file}.new`, 'wx');
  on.write(fd, Buffer.from('new content'));
  on.close(fd);
  on.rename(`${file}.new`, file);
}

test('it crashes at the call that was named, and the process is dead from then on', () => {
  const file = path.join(temporaryDir(), 'a');
  const on = crashingFs(disk, { crashAt: 2 });
  expect(() => writeAside(on, file)).toThrow(Crash);
  expect(on.crashedAt).toBe('write 11 bytes');
  expect(readFileSync(`${file}.new`, 'utf8')).toBe('');
  expect(() => on.unlink(`${file}.new`)).toThrow(Crash);
  expect(existsSync(`${file}.new`)).toBe(true);
});

test('after: the call was made; torn: half of it was', () => {
  const dir = temporaryDir();
  expect(() => writeAside(crashingFs(disk, { crashAt: 4, how: 'after' }), path.join(dir, 'a'))).toThrow(Crash);
  expect(() => writeAside(crashingFs(disk, { crashAt: 2, how: 'torn' }), path.join(dir, 'b'))).toThrow(Crash);
  expect(readFileSync(path.join(dir, 'a'), 'utf8')).toBe('new content');
  expect(readFileSync(path.join(dir, 'b.new'), 'utf8')).toBe('new c');
});

test('after a call that fails by itself the process dies as well, and the loop goes on behind it', async () => {
  const tolerant = (on: FsLike, file: string) => {
    try {
      on.unlink(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    writeAside(on, file);
  };
  const setUp = () => path.join(temporaryDir(), 'a');
  const points = await forEveryCrash({ inner: disk, setUp, run: tolerant, check: () => undefined });
  expect(points).toBe(5 + 5 + 1);
});

test('an error comes once, or stays', () => {
  const file = path.join(temporaryDir(), 'a');
  const once = crashingFs(disk, { crashAt: 2, error: 'ENOSPC' });
  expect(() => writeAside(once, file)).toThrow(expect.objectContaining({ code: 'ENOSPC', syscall: 'write' }));
  once.unlink(`${file}.new`);
  const sticky = crashingFs(disk, { crashAt: 2, error: 'EIO', sticky: true });
  expect(() => writeAside(sticky, file)).toThrow('EIO');
  expect(() => sticky.unlink(`${file}.new`)).toThrow('EIO');
});

test('links of a list are counted one by one', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'to'));
  for (const name of ['a', 'b', 'c']) writeFileSync(path.join(dir, name), name);
  const on = crashingFs(disk, { crashAt: 3 });
  expect(() => on.linkMany(dir, path.join(dir, 'to'), ['a', 'b', 'c'])).toThrow(expect.objectContaining({ linked: 2 }));
  expect(readdirSync(path.join(dir, 'to'))).toEqual(['a', 'b']);
});

test('without native calls, what stands in for them is counted step by step', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'a'));
  const on = crashingFs(disk, { native: false });
  expect(on.renameNoReplace(path.join(dir, 'a'), path.join(dir, 'b'))).toBe('renamed');
  expect(on.renameExchange('a', 'b')).toBe(false);
  expect(on.operations.map((line) => line.split(' ')[0])).toEqual(['mkdir', 'rename']);
});

test('every crash of a sound protocol leaves the old or the new, and one without its rename is caught', async () => {
  const setUp = () => {
    const file = path.join(temporaryDir(), 'a');
    writeFileSync(file, 'old');
    return file;
  };
  const check = (_: number, file: string) => expect(readFileSync(file, 'utf8')).toMatch(/^(old|new content)$/);
  expect(await forEveryCrash({ inner: disk, setUp, run: writeAside, check })).toBe(4 + 4 + 1);
  const inPlace = (on: FsLike, file: string) => on.write(on.open(file, 'w'), Buffer.from('new content'));
  await expect(forEveryCrash({ inner: disk, setUp, run: inPlace, check })).rejects.toThrow('crash before operation 2');
});

test('every error is tried once and for good', async () => {
  const seen = new Set<string>();
  const points = await forEveryError({
    inner: disk,
    errors: ['ENOSPC', 'EIO'],
    setUp: () => path.join(temporaryDir(), 'a'),
    run: writeAside,
    check: (n, _, { error, sticky, thrown }) => {
      expect(thrown).toMatchObject({ code: error });
      seen.add(`${n} ${error} ${sticky}`);
    },
  });
  expect(points).toBe(16);
  expect(seen.size).toBe(16);
});
