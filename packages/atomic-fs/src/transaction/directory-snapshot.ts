// Records what a directory contains before it is replaced. The process that finishes the change, or a recovery, compares
// the record with the directory and so notices what another program added or removed in between.
import { type BigIntStats, type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** For each directory, by its path below the one that is meant (`''`), the names in it and how each looks. */
export type Held = readonly (readonly [directory: string, names: readonly (readonly [name: string, look: string])[]])[];

/** Whether a path, relative to the transaction's root, is a cache whose entries may come and go unnoticed. */
export type IsCache = (path: string) => boolean;

/** Records the content of `dir`; `at` is its path below the root. */
export function heldIn(dir: string, at: string, isCache: IsCache): Held {
  const held: [string, [string, string][]][] = [];
  const visit = (directory: string) => {
    const names: [string, string][] = [];
    held.push([directory, names]);
    for (const entry of list(join(dir, directory))) {
      const path = join(directory, entry.name);
      if (isCache(join(at, path))) continue;
      const look = lookOf(join(dir, path));
      if (look === undefined) continue;
      names.push([entry.name, look]);
      if (entry.isDirectory()) visit(path);
    }
  };
  visit('');
  return held;
}

/** The differences of two records, by path below the directory. */
export interface HeldDifference {
  /** Entries that are new or changed; for a new directory only the directory itself. */
  readonly written: readonly string[];
  /** Entries that are gone. */
  readonly takenOut: readonly string[];
}

/** Compares two records of one directory. */
export function differencesIn(before: Held, now: Held): HeldDifference {
  const known = new Map(before.map(([directory, names]) => [directory, new Map(names)]));
  const written: string[] = [];
  const takenOut: string[] = [];
  for (const [directory, names] of now) {
    const then = known.get(directory);
    if (then === undefined) continue;
    const present = new Set(names.map(([name]) => name));
    for (const [name, look] of names) if (then.get(name) !== look) written.push(join(directory, name));
    for (const name of then.keys()) if (!present.has(name)) takenOut.push(join(directory, name));
  }
  return { written, takenOut };
}

/** Type guard for a record read from a journal. */
export function isHeld(value: unknown): value is Held {
  const isText = (one: unknown) => typeof one === 'string';
  const isPair = (one: unknown, second: (other: unknown) => boolean) =>
    Array.isArray(one) && one.length === 2 && isText(one[0]) && second(one[1]);
  const isNames = (names: unknown) => Array.isArray(names) && names.every((one) => isPair(one, isText));
  return Array.isArray(value) && value.every((one) => isPair(one, isNames));
}

// A file replaced by another of the same size has another mtime.
function lookOf(file: string): string | undefined {
  const stats: BigIntStats | undefined = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'd';
  if (stats.isSymbolicLink()) return `l ${readlinkSync(file)}`;
  return `f ${stats.size} ${stats.mtimeNs}`;
}

function list(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function join(directory: string, name: string): string {
  return directory === '' ? name : name === '' ? directory : `${directory}/${name}`;
}
