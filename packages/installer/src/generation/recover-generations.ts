// Finishes or undoes what a dead process left among the generations of an environment, by the disk alone.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Fs, listNames, removeTree } from '@wheelwright/atomic-fs';
import { environmentPaths } from '@wheelwright/python';
import { currentGeneration, readGenerations } from '../read/generations.ts';
import { sweepTopLinks } from './top-links.ts';
import { writeMark } from './write-mark.ts';

/** What recovery did among generations. */
export interface GenerationsRecovery {
  /** The number of the generation that was current and not marked: its change was committed and is finished now. */
  readonly finished: number | undefined;
  /** Numbers of the generations that never became current and were removed. */
  readonly undone: readonly number[];
  /** Absolute paths of everything else that was removed. */
  readonly removed: readonly string[];
}

/** Recovers the generations of an environment whose lock is held. The caller empties the trash after it releases the lock. */
export function recoverGenerations(environmentDir: string, fs: Fs): GenerationsRecovery {
  const paths = environmentPaths(environmentDir);
  const current = currentGeneration(environmentDir);
  if (current === undefined) return { finished: undefined, undone: [], removed: [] };
  // 1. The generation that `current` names was committed, marked or not.
  const generations = readGenerations(environmentDir);
  const unmarked = generations.find(({ number, committedMs }) => number === current && committedMs === undefined);
  if (unmarked !== undefined) writeMark(unmarked.dir, pointerTime(paths.current), fs);
  // 2. A generation that is neither current nor marked never was current.
  const undone = generations.filter(({ number, committedMs }) => number !== current && committedMs === undefined);
  for (const { dir } of undone) removeTree(dir, { fs });
  // 3. Pointers that were half made, and directories that exist only during a change.
  const litter = listNames(paths.root).filter((name) => /^\..*\.partial$/.test(name));
  const removed = litter.map((name) => path.join(paths.root, name));
  if (existsSync(paths.staging)) removed.push(paths.staging);
  for (const file of removed) removeTree(file, { fs });
  // 4. Links at the top that lead nowhere.
  sweepTopLinks(environmentDir, fs);
  return { finished: unmarked?.number, undone: undone.map(({ number }) => number), removed };
}

/** The time of the commit: the last change of the pointer's directory. */
function pointerTime(pointer: string): Date {
  return statSync(path.dirname(pointer)).mtime;
}
