// Describes what is at a path by a short text, which differs if a build could see a difference.
import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { hashContent } from '../tree/hash-tree.ts';

/**
 * `absent`, `file <mode> <hash>`, `directory`, or with `lists` `directory <hash of its names and their kinds>`; of a link
 * its target first, and then what is there.
 */
export function pathState(target: string, { lists = false }: { readonly lists?: boolean } = {}): string {
  try {
    const own = lstatSync(target, { throwIfNoEntry: false });
    if (own === undefined) return 'absent';
    const link = own.isSymbolicLink() ? `link ${readlinkSync(target)} ` : '';
    const stats = link === '' ? own : statSync(target, { throwIfNoEntry: false });
    if (stats === undefined) return `${link}absent`;
    if (stats.isFile()) return `${link}file ${(stats.mode & 0o777).toString(8)} ${hashContent(target)}`;
    if (!stats.isDirectory()) return `${link}other`;
    return `${link}directory${lists ? ` ${digest(namesAndKinds(target))}` : ''}`;
  } catch (error) {
    if (isErrno(error)) return 'absent';
    throw error;
  }
}

/** One hash of everything at and below a path, also behind links; undefined if there are more than `mostFiles` files. */
export function deepState(target: string, mostFiles = 20_000): string | undefined {
  const parts: string[] = [];
  const entered = new Set<string>();
  let left = mostFiles;
  const visit = (file: string, name: string): void => {
    left -= 1;
    if (left < 0) return;
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      for (const child of readdirSync(file).sort())
        if (child !== '.git') visit(path.join(file, child), `${name}/${child}`);
    } else if (stats?.isSymbolicLink() && name !== '') {
      parts.push(`${name} -> ${readlinkSync(file)}`);
      const goal = realOrSame(file);
      if (goal === file || goal === top || goal.startsWith(`${top}/`) || entered.has(goal)) return;
      entered.add(goal);
      visit(goal, `${name}/>`);
    } else parts.push(`${name} ${stats === undefined ? 'absent' : stats.mode & 0o777} ${pathState(file)}`);
  };
  const top = realOrSame(target);
  visit(top, '');
  return left < 0 ? undefined : digest(parts);
}

/** The path of a program and the identity of its version, or `absent`. */
export function programState(name: string, searchPath: readonly string[]): string {
  const found = name.includes('/') ? name : searchPath.map((dir) => path.join(dir, name)).find(isExecutable);
  if (found === undefined || !isExecutable(found)) return 'absent';
  const real = realOrSame(found);
  const { size, mtimeMs } = statSync(real);
  const state = `${real} ${size} ${Math.floor(mtimeMs / 1000)}`;
  // A compiler cache under the name of the compiler starts the next one of that name.
  if (name.includes('/') || !startsTheNext.test(path.basename(real))) return state;
  return `${state}; ${programState(name, searchPath.slice(searchPath.indexOf(path.dirname(found)) + 1))}`;
}

const startsTheNext = /^(ccache|sccache|distcc|icecc|buildcache|colorgcc)$/;

function namesAndKinds(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .map((entry) => `${entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : 'f'} ${entry.name}`)
    .sort();
}

/** Whether a file is there that this process may execute. */
export function isExecutable(file: string): boolean {
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
