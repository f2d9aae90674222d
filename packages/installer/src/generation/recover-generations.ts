// What a dead writer left among the generations of an environment is finished or undone: driven by the disk alone.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Fs, listNames, removeTree } from '@wheelwright/atomic-fs';
import { environmentPaths } from '@wheelwright/python';
import { currentGeneration, readGenerations } from '../read/generations.ts';
import { sweepTopLinks } from './top-links.ts';
import { writeMark } from './write-mark.ts';

/** What recovery did among generations. */
export interface GenerationsRecovery {
  /** The generation that was current but not marked so: its change had been committed and is finished now. */
  readonly finished: number | undefined;
  /** Generations that never became current and were removed. */
  readonly undone: readonly number[];
  /** Whatever else was removed, by path. */
  readonly removed: readonly string[];
}

/** Recovers the generations of an environment whose lock is held. The trash is left to be emptied after it is released. */
export function recoverGenerations(environmentDir: string, fs: Fs): GenerationsRecovery {
  const paths = environmentPaths(environmentDir);
  const current = currentGeneration(environmentDir);
  if (current === undefined) return { finished: undefined, undone: [], removed: [] };
  // 1. What `current` names was committed, whether or not it came to be marked.
  const generations = readGenerations(environmentDir);
  const unmarked = generations.find(({ number, committedMs }) => number === current && committedMs === undefined);
  if (unmarked !== undefined) writeMark(unmarked.dir, pointerTime(paths.current), fs);
  // 2. What is neither current nor marked never was.
  const undone = generations.filter(({ number, committedMs }) => number !== current && committedMs === undefined);
  for (const { dir } of undone) removeTree(dir, { fs });
  // 3. Pointers half made, and directories that are there only during work.
  const litter = listNames(paths.root).filter((name) => /^\..*\.partial$/.test(name));
  const removed = litter.map((name) => path.join(paths.root, name));
  if (existsSync(paths.staging)) removed.push(paths.staging);
  for (const file of removed) removeTree(file, { fs });
  // 4. Links at the top that lead nowhere.
  sweepTopLinks(environmentDir, fs);
  return { finished: unmarked?.number, undone: undone.map(({ number }) => number), removed };
}

// The commit was the last change of the pointer, near enough.
export function pointerTime(pointer: string): Date {
  return statSync(path.dirname(pointer)).mtime;
}
