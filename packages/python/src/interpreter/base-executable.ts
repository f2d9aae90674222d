// From the python of an environment, or a link to one, to the interpreter behind it: what `home` of a new environment
// has to name, and what facts are kept for. Starts no process.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { readLink, readText } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { parsePyvenvCfg, statedVersion } from './pyvenv-cfg.ts';

/**
 * The real file of the interpreter that `executable` ends up as: links followed, and the `home` of a `pyvenv.cfg`
 * beside or above it where the environment holds a copy instead of a link. Undefined where nothing is there.
 */
export function findBaseExecutable(executable: string): string | undefined {
  return realPath(leaveEnvironments(executable));
}

/**
 * The path by which a new environment names the interpreter `real`, which `executable` ends up as. Links among the
 * directories of `executable` stay (`current/bin/python3.12`), so that an interpreter that is upgraded behind them is
 * followed. The file is the one of the version, `python3.12` and not `python3`, which may become another version.
 */
export function namedExecutable(executable: string, real: string): string {
  const realDir = path.dirname(real);
  let named = leaveEnvironments(executable);
  for (let level = 0; level < 8; level++) {
    const dir = path.dirname(named);
    // Python finds its library from this directory: another one that only links to the file would not do.
    if (realPath(dir) === realDir) return path.join(dir, path.basename(real));
    const target = readLink(named);
    if (target === undefined) return real;
    named = path.resolve(dir, target);
  }
  return real;
}

/** The executable outside of any environment, as the `pyvenv.cfg` files name it. */
function leaveEnvironments(executable: string): string {
  let found = executable;
  // An environment may be made from the python of another; eight levels are more than anyone has.
  for (let level = 0; level < 8; level++) {
    const base = homeExecutable(found);
    if (base === undefined || base === found) break;
    found = base;
  }
  return found;
}

/** The interpreter that the `pyvenv.cfg` next to or above `executable` points to, if there is one. */
function homeExecutable(executable: string): string | undefined {
  const binDir = path.dirname(executable);
  for (const dir of [binDir, path.dirname(binDir)]) {
    const text = readText(path.join(dir, 'pyvenv.cfg'));
    if (text === undefined) continue;
    const cfg = parsePyvenvCfg(text);
    const home = cfg.get('home');
    if (home === undefined || home === '') return undefined;
    const version = /^\d+\.\d+/.exec(statedVersion(cfg) ?? '')?.[0];
    const names = [
      ...(version === undefined ? [] : [`python${version}`, `pypy${version}`]),
      path.basename(executable),
      'python3',
      'python',
    ];
    return names.map((name) => path.join(home, name)).find((file) => existsSync(file));
  }
  return undefined;
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}
