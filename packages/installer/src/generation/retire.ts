// Retires superseded generations: each is renamed into the trash under the lock, by one call, and deleted after the lock is
// released, which takes long.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Fs, listNames, removeTree } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { environmentPaths } from '@wheelwright/python';
import { type GenerationEntry, readGenerations } from '../read/generations.ts';
import { requireOwn } from '../read/require-own-environment.ts';
import { openGenerations } from './open-generations.ts';

/** How long a superseded generation stays for processes that found it just before the switch. */
const graceMs = 3_600_000;

/** Which generations stay. */
export interface RetireRules {
  readonly current: number;
  readonly keep: number;
  readonly nowMs: number;
}

/**
 * The numbers that may go, sorted; the caller leaves out those in use. The last `keep` that were current stay, those that
 * were superseded within the hour, and the highest number, so that no number is ever given twice.
 */
export function chooseRetired(generations: readonly GenerationEntry[], rules: RetireRules): number[] {
  const marked = generations.filter(({ committedMs }) => committedMs !== undefined);
  const highest = Math.max(...generations.map(({ number }) => number));
  const latest = [...marked].sort((a, b) => b.committedMs! - a.committedMs! || b.number - a.number);
  const kept = new Set([rules.current, highest, ...latest.slice(0, rules.keep).map(({ number }) => number)]);
  return latest
    .filter(({ number, committedMs }, index) => {
      const supersededMs = index === 0 ? rules.nowMs : latest[index - 1]!.committedMs!;
      return !kept.has(number) && Math.max(supersededMs, committedMs!) + graceMs <= rules.nowMs;
    })
    .map(({ number }) => number)
    .sort((a, b) => a - b);
}

/** Moves the generations that may go into the trash and returns their numbers. The environment's lock is held. */
export function retire(environmentDir: string, rules: RetireRules, fs: Fs): number[] {
  const paths = environmentPaths(environmentDir);
  const generations = readGenerations(environmentDir);
  const chosen = chooseRetired(generations, rules);
  if (chosen.length === 0) return [];
  const open = openGenerations(paths.generations);
  const retired = chosen.filter((number) => !open.has(number));
  for (const number of retired) toTrash(path.join(paths.generations, String(number)), paths.trash, fs);
  return retired;
}

function toTrash(dir: string, trash: string, fs: Fs): void {
  // Another process may remove the trash that it has just emptied.
  for (let attempt = 1; ; attempt += 1) {
    try {
      fs.mkdir(trash);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    try {
      fs.rename(dir, path.join(trash, path.basename(dir)));
      return;
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || attempt === 5) throw error;
    }
  }
}

/** Deletes the content of the trash and returns its paths. Needs no lock; several processes may do it at once. */
export function emptyTrash(environmentDir: string, fs: Fs): string[] {
  // A change that was refused because of an unsafe trash calls this too.
  requireOwn(environmentDir);
  const { trash } = environmentPaths(environmentDir);
  if (!existsSync(trash)) return [];
  const names = listNames(trash).map((name) => path.join(trash, name));
  for (const name of names) removeTree(name, { fs });
  try {
    fs.rmdir(trash);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  return names;
}
