// The generations of an environment: which there are, which one is current, when each became current. Reads the disk.
import { statSync } from 'node:fs';
import path from 'node:path';
import { listNames, readLink } from '@wheelwright/atomic-fs';
import {
  committedFileName,
  environmentPaths,
  type GenerationDistribution,
  generationTarget,
  parseGenerationTarget,
} from '@wheelwright/python';
import { readGeneration } from './generation-state.ts';

/** A generation as a person sees it. */
export interface GenerationInfo {
  /** Numbers grow and are never given twice. */
  readonly number: number;
  /** Absolute directory of its prefix. */
  readonly dir: string;
  /** Whether the environment reads as this generation now. */
  readonly current: boolean;
  /** ISO 8601; undefined where `generation.json` is lost. */
  readonly created: string | undefined;
  /** The command that made it, without passwords; undefined where `generation.json` is lost. */
  readonly command: string | undefined;
  /** Its distributions; empty where `generation.json` is lost. */
  readonly distributions: readonly GenerationDistribution[];
}

/** A generation as the protocol sees it. */
export interface GenerationEntry {
  readonly number: number;
  /** Absolute. */
  readonly dir: string;
  /** When it last became current, in ms since 1970; undefined where no mark says that it did. */
  readonly committedMs: number | undefined;
}

/**
 * The generations of the environment at `environmentDir` that `rollBack` can go back to, oldest first. Needs no lock;
 * empty for an environment without generations. Throws what parsing a damaged `generation.json` throws.
 */
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

// The time is the mark's own: a generation was superseded at the next mark after it.
function readMark(dir: string): number | undefined {
  return statSync(path.join(dir, committedFileName), { throwIfNoEntry: false })?.mtimeMs;
}

/** A number above every one that was ever committed. */
export function nextNumber(generations: readonly GenerationEntry[]): number {
  return Math.max(0, ...generations.map(({ number }) => number)) + 1;
}
