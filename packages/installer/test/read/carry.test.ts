import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { directoriesOf } from '../../src/layout/directories.ts';
import { type CarryRules, carryPrefix } from '../../src/read/carry.ts';

const parts = ['a', 'b', 'pkg', '__pycache__'];
const names = ['a', 'm.py', 'n.py', 'm.cpython-311.pyc', 'n.cpython-311.pyc', 'pkg'];

/** Numbers of a generator with a fixed seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** A prefix with random files and links, and rules that name some of them. */
function drawn(seed: number) {
  const random = createRandom(seed);
  const draw = <T>(list: readonly T[]) => list[random(list.length)]!;
  const prefixDir = temporaryDir();
  const files = new Set<string>();
  for (let n = 0; n < 25; n++) {
    const directory = Array.from({ length: random(4) }, () => draw(parts)).join('/');
    const file = path.posix.join(directory, draw(names));
    try {
      mkdirSync(path.join(prefixDir, directory), { recursive: true });
      if (random(6) === 0) symlinkSync('elsewhere', path.join(prefixDir, file));
      else writeFileSync(path.join(prefixDir, file), '', { flag: 'wx' });
      files.add(file);
    } catch {
      // A directory has that name, or a file is where a directory should be.
    }
  }
  const all = [...files, ...directoriesOf(files)];
  const some = () => new Set(Array.from({ length: random(4) }, () => draw(all.length > 0 ? all : ['x'])));
  const laid = new Set([...some()].filter((file) => files.has(file)));
  laid.add('pkg/new.py');
  return {
    prefixDir,
    rules: { leaving: { files: some(), directories: some() }, laid, laidDirectories: directoriesOf(laid) },
  };
}

test('a carry that looks up paths in concerned directories only equals one that looks them up in all', () => {
  let carried = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const { prefixDir, rules } = drawn(seed);
    const outcome = (given: CarryRules) => {
      try {
        return carryPrefix(prefixDir, given);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    // A leaving path in each directory makes all directories concerned.
    const everywhere = new Set(rules.leaving.files);
    for (const { path: directory } of carryPrefix(prefixDir, {}).seen) everywhere.add(`${directory}/no such file`);
    const slow = outcome({ ...rules, leaving: { ...rules.leaving, files: everywhere } });
    expect(outcome(rules), `seed ${seed}`).toEqual(slow);
    if (typeof slow !== 'string') carried += slow.files.length;
  }
  expect(carried).toBeGreaterThan(60);
});
