// Attacks on the build cache as rows: Python code that uses something, and a change of it. A build is kept and a change
// of what it used is seen, or it is not kept for a stated reason.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { World } from './stale-world.ts';

/** One attack. */
export interface Attack {
  readonly what: string;
  /** Lines of Python that set `value`: `one` before the change. */
  readonly code: string;
  readonly before?: (world: World) => void;
  readonly change?: (world: World) => void;
  /** Why the build is not kept; a build without it is kept. */
  readonly unless?: RegExp;
  /** Programs that it needs. */
  readonly needs?: readonly string[];
}

/** Lines that start a program and take its output. */
export const output = (words: string, more = '') => `value = subprocess.check_output(${words}${more}).decode()`;

/** A change of the file beside the tree. */
export const ofFile = { change: (world: World) => world.write({ '../beside/VERSION': 'two' }) };

/** A change of a variable. */
export const ofVariable = {
  before: (world: World) => {
    world.variables.SHOWN = 'one';
  },
  change: (world: World) => {
    world.variables.SHOWN = 'two';
  },
};

/** Runs git in the tree. */
export function git(world: World, ...words: string[]): void {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  execFileSync('git', [...identity, ...words], { cwd: world.tree, stdio: 'pipe' });
}

/** A repository with one commit of everything. */
export function commitAll(world: World): void {
  git(world, 'init', '-q', '-b', 'main');
  git(world, 'add', '-A');
  git(world, 'commit', '-q', '-m', 'one');
}

/** Writes an executable file. */
export function executable(world: World, name: string, text: string): void {
  world.write({ [name]: text });
  chmodSync(path.join(world.tree, name), 0o755);
}

/** Replaces a link. */
export function link(world: World, name: string, target: string): void {
  rmSync(path.join(world.tree, name), { force: true });
  symlinkSync(target, path.join(world.tree, name));
}

/** One test a row. */
export function testAttacks(rows: readonly Attack[]): void {
  for (const { what, code, before, change, unless, needs = [] } of rows) {
    const missing = needs.filter(
      (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
    );
    const title = missing.length === 0 ? what : `${what} (skipped: no ${missing.join()} on this machine)`;
    test.skipIf(missing.length > 0)(title, async () => {
      const world = new World(code);
      before?.(world);
      const first = await world.build();
      if (unless === undefined) {
        expect(world.whyNotKept).toBe(undefined);
        expect(await world.build()).toEqual({ value: first.value, reused: true });
      } else expect(world.whyNotKept).toMatch(unless);
      change?.(world);
      const later = await world.build();
      expect(later.reused).toBe(false);
      if (change !== undefined) expect(later.value).not.toBe(first.value);
    });
  }
}
