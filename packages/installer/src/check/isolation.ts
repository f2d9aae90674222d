// Whether checks can run in a mount namespace in which what is live is covered, and how. Where they cannot, the shadow of
// the environment is made of copies instead.
import path from 'node:path';
import { type Fs, readLink } from '@wheelwright/atomic-fs';
import type { Isolation } from '../model/ports.ts';
import { runSupervised } from './run-supervised.ts';

/**
 * `isolation` where this machine can run a check so, undefined where it cannot: not Linux, no namespaces, no overlays.
 * Starts the interpreter `python` once; makes `layersDir`.
 */
export async function tryIsolation(python: string, isolation: Isolation, fs: Fs): Promise<Isolation | undefined> {
  fs.mkdir(isolation.layersDir);
  // What stands for an interpreter in a test is not asked.
  if (process.platform !== 'linux' || !/^(?:python|pypy)/.test(path.basename(readProgram(python)))) return undefined;
  const options = { python, cwd: '/', environment: {}, timeoutMs: 60_000, isolation };
  try {
    const { status } = await runSupervised(['/bin/sh', '-c', ':'], options);
    return status === 0 ? isolation : undefined;
  } catch {
    return undefined; // it does not start: the check itself says so
  }
}

/** `dirs` without those that are inside of another one, and without repetition. */
export function outermost(dirs: readonly string[]): string[] {
  const unique = [...new Set(dirs)];
  return unique.filter((dir) => !unique.some((other) => dir !== other && dir.startsWith(`${other}/`)));
}

function readProgram(file: string): string {
  let found = file;
  for (let level = 0; level < 8; level += 1) {
    const target = readLink(found);
    if (target === undefined) break;
    found = path.resolve(path.dirname(found), target);
  }
  return found;
}
