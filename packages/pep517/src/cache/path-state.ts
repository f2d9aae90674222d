// Describes what is at a path by a short text, which differs if a build could see a difference.
import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { hashContent } from '../tree/hash-tree.ts';

/** `absent`, `file <hash>`, `directory`, or with `lists` `directory <hash of its names>`. Links are followed. */
export function pathState(target: string, { lists = false }: { readonly lists?: boolean } = {}): string {
  try {
    const stats = statSync(target, { throwIfNoEntry: false });
    if (stats === undefined) return 'absent';
    if (stats.isFile()) return `file ${hashContent(target)}`;
    if (!stats.isDirectory()) return 'other';
    return lists ? `directory ${digest(readdirSync(target).sort())}` : 'directory';
  } catch (error) {
    if (isErrno(error)) return 'absent';
    throw error;
  }
}

/** One hash of everything at and below a path; undefined if there are more than `mostFiles` files. */
export function deepState(target: string, mostFiles = 20_000): string | undefined {
  const parts: string[] = [];
  let left = mostFiles;
  const visit = (file: string, name: string): void => {
    left -= 1;
    if (left < 0) return;
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      for (const child of readdirSync(file).sort())
        if (child !== '.git') visit(path.join(file, child), `${name}/${child}`);
    } else if (stats?.isSymbolicLink() && name !== '') parts.push(`${name} -> ${readlinkSync(file)}`);
    else parts.push(`${name} ${stats === undefined ? 'absent' : stats.mode & 0o777} ${pathState(file)}`);
  };
  visit(realOrSame(target), '');
  return left < 0 ? undefined : digest(parts);
}

/** The path of a program and the identity of its version, or `absent`. */
export function programState(name: string, searchPath: readonly string[]): string {
  const found = name.includes('/') ? name : searchPath.map((dir) => path.join(dir, name)).find(isExecutable);
  if (found === undefined || !isExecutable(found)) return 'absent';
  const real = realOrSame(found);
  const { size, mtimeMs } = statSync(real);
  return `${real} ${size} ${Math.floor(mtimeMs / 1000)}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function realOrSame(target: string): string {
  try {
    return realpathSync(target);
  } catch {
    return target;
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
