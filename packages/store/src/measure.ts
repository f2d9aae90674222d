// How much of the disk a store takes, by what it keeps. Files that are linked into environments count here in full.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { StorePaths } from './store-paths.ts';

/** The size of one part of a store. */
export interface StorePart {
  /** How many wheels, answers or directories of work the part has. */
  readonly entries: number;
  /** The sum of the sizes of its files. */
  readonly bytes: number;
}

/** The size of each part of a store, and of all of it. */
export type StoreSize = Readonly<Record<(typeof parts)[number] | 'total', StorePart>>;

const parts = ['wheels', 'bytecode', 'responses', 'facts', 'builds', 'environments', 'checkouts', 'staging'] as const;

export function measureStore(paths: StorePaths): StoreSize {
  const sizes = Object.fromEntries(parts.map((part) => [part, measurePart(paths[part])]));
  const all = Object.values(sizes);
  const total = {
    entries: all.reduce((sum, part) => sum + part.entries, 0),
    bytes: all.reduce((sum, part) => sum + part.bytes, 0),
  };
  return { ...sizes, total } as StoreSize;
}

function measurePart(dir: string): StorePart {
  const entries = list(dir).filter(({ name }) => !/\.(?:lock|lease)$/.test(name));
  return { entries: entries.length, bytes: bytesIn(dir) };
}

function bytesIn(dir: string): number {
  let bytes = 0;
  for (const entry of list(dir)) {
    const target = path.join(dir, entry.name);
    if (entry.isDirectory()) bytes += bytesIn(target);
    else bytes += lstatSync(target, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

// Others add and remove while this looks.
function list(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
