// Compares every file of every entry with its hash, which shows what sizes and times do not.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isCodedError, isErrno } from '@wheelwright/errors';
import type { Entries } from './entries.ts';
import { sha256Of } from './entry/entry-sink.ts';
import { formatRows, type ManifestFile, readTreeManifest } from './entry/manifest.ts';
import { readRecordRows, treeName } from './entry/stored-wheel.ts';

/** A file of an entry that is not as it was published. */
export interface EntryFault {
  /** Relative to the store: `wheels/<sha256>/0`. */
  readonly entry: string;
  /** Relative to the tree of the entry; empty where the entry cannot be read at all. */
  readonly path: string;
  /** What is wrong; `unreadable` is said of a whole entry. */
  readonly fault: 'missing' | 'changed' | 'unexpected' | 'unreadable';
}

/** What {@link Store.verify} found. */
export interface VerifyReport {
  /** How many entries were checked. */
  readonly checked: number;
  /** Every fault; none when the store is intact. */
  readonly faults: readonly EntryFault[];
}

/** Checks every entry and supersedes the damaged ones, so that the next process that wants one publishes it again. */
export function verifyEntries(kind: string, entriesDir: string, entries: Entries): VerifyReport {
  const faults: EntryFault[] = [];
  let checked = 0;
  for (const key of readdirSync(entriesDir)) {
    const entryDir = entries.find(key);
    if (entryDir === undefined) continue;
    checked += 1;
    const found = findFaults(entryDir);
    if (found.length > 0) entries.supersede(entryDir);
    for (const fault of found) faults.push({ entry: `${kind}/${key}/${path.basename(entryDir)}`, ...fault });
  }
  return { checked, faults };
}

type Fault = Omit<EntryFault, 'entry'>;

function findFaults(entryDir: string): Fault[] {
  const treeDir = path.join(entryDir, treeName);
  let files: readonly ManifestFile[];
  try {
    ({ files } = readTreeManifest(entryDir));
  } catch (error) {
    if (isCodedError(error, 'STORE_DAMAGED')) return [{ path: '', fault: 'unreadable' }];
    throw error;
  }
  // What RECORDs are made of has to say the same of the files as the manifest.
  const rows = readRecordRows(entryDir);
  if (rows !== undefined && rows !== formatRows(files)) return [{ path: '', fault: 'unreadable' }];
  const expected = new Map(files.map((file) => [file.path, file]));
  const faults: Fault[] = [];
  for (const found of walk(treeDir, '')) {
    const file = expected.get(found);
    expected.delete(found);
    if (file === undefined) faults.push({ path: found, fault: 'unexpected' });
    else if (!isWhole(path.join(treeDir, found), file)) faults.push({ path: found, fault: 'changed' });
  }
  for (const missing of expected.keys()) faults.push({ path: missing, fault: 'missing' });
  return faults;
}

function isWhole(target: string, { size, sha256 }: ManifestFile): boolean {
  const found = lstatSync(target);
  return found.isFile() && found.size === size && sha256Of(readFileSync(target)) === sha256;
}

function* walk(dir: string, prefix: string): Generator<string> {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) yield* walk(path.join(dir, entry.name), `${prefix}${entry.name}/`);
      else yield prefix + entry.name;
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
