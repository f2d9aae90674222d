// The generations of an environment: which there are, which is current, which were ever committed and until when each
// was current. Told by the disk alone.
import { statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, listNames, readLink } from '@wheelwright/atomic-fs';
import {
  committedFileName,
  environmentPaths,
  type GenerationDistribution,
  generationTarget,
  parseGenerationTarget,
} from '@wheelwright/python';
import { readGeneration } from '../read/installed-state.ts';

/** A generation as people see it. */
export interface GenerationInfo {
  readonly number: number;
  readonly dir: string;
  readonly current: boolean;
  readonly created: string | undefined;
  readonly command: string | undefined;
  readonly distributions: readonly GenerationDistribution[];
}

/** A generation as the protocol sees it. */
export interface GenerationEntry {
  readonly number: number;
  readonly dir: string;
  /** When it last became the current one, in ms; undefined: it never did, so far as is marked. */
  readonly committedMs: number | undefined;
}

/** The generations that can be gone back to, oldest first. */
export function listGenerations(environmentDir: string): GenerationInfo[] {
  const current = currentGeneration(environmentDir);
  return readGenerations(environmentDir)
    .filter(({ number, committedMs }) => committedMs !== undefined || number === current)
    .map(({ number, dir }) => {
      const generation = readGeneration(dir);
      return {
        number,
        dir,
        current: number === current,
        created: generation?.created,
        command: generation?.command,
        distributions: generation?.distributions ?? [],
      };
    });
}

/** Every generation on the disk by number, marked or not. */
export function readGenerations(environmentDir: string): GenerationEntry[] {
  const paths = environmentPaths(environmentDir);
  return listNames(paths.generations)
    .flatMap((name) => parseGenerationTarget(`generations/${name}`) ?? [])
    .sort((a, b) => a - b)
    .map((number) => {
      const dir = path.join(paths.root, generationTarget(number));
      return { number, dir, committedMs: readMark(dir) };
    });
}

/** The number that the pointer names. */
export function currentGeneration(environmentDir: string): number | undefined {
  return parseGenerationTarget(readLink(environmentPaths(environmentDir).current) ?? '');
}

/** Marks the generation at `dir` as having become current at `time`. A mark that is there already is renewed. */
export function writeMark(dir: string, time: Date, fs: Fs): void {
  const file = path.join(dir, committedFileName);
  if (statSync(file, { throwIfNoEntry: false }) === undefined) createFile(file, '', { fs });
  fs.utimes(file, time.getTime() / 1000, time.getTime() / 1000);
}

// The time is the mark's own: a generation was superseded at the next mark after it.
function readMark(dir: string): number | undefined {
  return statSync(path.join(dir, committedFileName), { throwIfNoEntry: false })?.mtimeMs;
}

/** A number above every one that was ever committed. */
export function nextNumber(generations: readonly GenerationEntry[]): number {
  return Math.max(0, ...generations.map(({ number }) => number)) + 1;
}
