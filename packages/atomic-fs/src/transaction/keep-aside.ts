// Moves an entry that another program put in the way of a change to `displaced/<transaction>.<n>/<path>`. The path says
// what it is, so any later process can report it from the disk alone.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { markOf } from '../identity.ts';
import type { WorkArea } from './work-area.ts';

/** A file, link or empty directory by its path below the root, and where it is now. */
export interface Kept {
  readonly path: string;
  readonly keptAt: string;
}

/** Moves `from` aside as the content of `relative`. If it is missing, another recovery has done so. */
export function keepAside(area: WorkArea, id: string, from: string, relative: string): void {
  for (let n = 1; ; n += 1) {
    const dir = path.join(area.displacedDir, `${id}.${n}`);
    if (!makeParents(area, dir, relative)) continue;
    try {
      if (markOf(path.join(dir, relative)) !== undefined) continue;
      area.fs.rename(from, path.join(dir, relative));
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
    return;
  }
}

/** What was kept for the transaction `id`. */
export function keptAside(area: WorkArea, id: string): Kept[] {
  return keptWhere(area, (name) => name.startsWith(id));
}

/** What was kept for any transaction since the present work area was made; its journal, with the id, is gone. */
export function keptSince(area: WorkArea): Kept[] {
  const begun = BigInt(markOf(area.transactionDir)?.born ?? 0);
  return keptWhere(area, (name) => BigInt(markOf(path.join(area.displacedDir, name))?.born ?? 0) >= begun);
}

function keptWhere({ displacedDir }: WorkArea, isMeant: (name: string) => boolean): Kept[] {
  const names = markOf(displacedDir) === undefined ? [] : readdirSync(displacedDir);
  const kept = names.filter((name) => /^[0-9a-f]{16}\.\d+$/.test(name) && isMeant(name));
  return kept.flatMap((name) => leavesOf(path.join(displacedDir, name)));
}

// False: something else was kept under a name on the way.
function makeParents({ displacedDir, fs }: WorkArea, dir: string, relative: string): boolean {
  let current = dir;
  for (const made of [displacedDir, dir, ...relative.split('/').slice(0, -1)]) {
    current = path.isAbsolute(made) ? made : path.join(current, made);
    const found = markOf(current);
    if (found !== undefined && found.kind !== 'directory') return false;
    try {
      if (found === undefined) fs.mkdir(current, 0o700);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
  return true;
}

function leavesOf(dir: string): Kept[] {
  const leaves: Kept[] = [];
  const visit = (directory: string) => {
    const entries = readdirSync(path.join(dir, directory), { withFileTypes: true });
    if (entries.length === 0 && directory !== '') leaves.push({ path: directory, keptAt: path.join(dir, directory) });
    for (const entry of entries) {
      const file = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) visit(file);
      else leaves.push({ path: file, keptAt: path.join(dir, file) });
    }
  };
  visit('');
  return leaves;
}
