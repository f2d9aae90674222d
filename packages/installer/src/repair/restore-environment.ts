// What of an environment itself is lost or damaged is made again from what is left of it. What lies beside its
// generations is put right in place, each by one rename; what lies in one comes with the next, since a live generation
// is never edited; a venv without generations is changed by one journaled transaction. The packages in it are not looked
// at: that is `planRepair`. Protocol: docs/protocols/install.md, "Putting right".
import { existsSync } from 'node:fs';
import { type Durability, type Fs, lookAtEntry, nodeFs } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { acquireLock, type LockHolder } from '@wheelwright/fslock';
import { environmentPaths, type ImageFault, isNewer, type Makeup, readEnvironment } from '@wheelwright/python';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { InstallError } from '../model/install-error.ts';
import { findEnvironmentFaults } from '../read/environment-faults.ts';
import { recoverPrefix } from '../recover/recover-prefix.ts';
import type { RestoreContext, RestoreInterpreter } from './restore-context.ts';
import { restoreGeneration } from './restore-generation.ts';
import { restoreInPlace } from './restore-in-place.ts';
import { restoreTop } from './restore-top.ts';

export interface RestoreOptions {
  readonly interpreter: RestoreInterpreter | undefined;
  readonly command?: string | undefined;
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  readonly durability?: Durability | undefined;
  readonly fs?: Fs | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface RestoreReport {
  readonly restored: readonly Pick<ImageFault, 'kind' | 'path'>[];
  /** What could not be put right, and why. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  /** What lay in the way and where it is kept; what nothing told, and what was taken instead. Sentences. */
  readonly notes: readonly string[];
  /** The one that was committed; undefined: no generation had to be. */
  readonly generation: number | undefined;
}

/**
 * Puts right what {@link findEnvironmentFaults} finds. After a crash the environment is as it was or nearer to what it
 * has to be, and the next call does the rest. Throws INSTALL_BEYOND_REPAIR where too little is left, with nothing changed.
 */
export async function restoreEnvironment(environmentDir: string, options: RestoreOptions): Promise<RestoreReport> {
  const { command = 'repair', lockTimeoutMs, signal, onWait, durability = 'full', fs = nodeFs } = options;
  const { now = () => new Date(), interpreter } = options;
  requireRest(environmentDir);
  const { lock: lockPath } = environmentPaths(environmentDir);
  const lock = await acquireLock(lockPath, { timeoutMs: lockTimeoutMs, signal, purpose: command, onWait });
  try {
    recoverPrefix(environmentDir, { lock, fs, durability });
    const { makeup, faults } = requireRest(environmentDir);
    const notes: string[] = [];
    const context: RestoreContext = { command, durability, fs, now, interpreter, signal, notes };
    const part = (name: ImageFault['part']) => faults.filter((fault) => fault.part === name);
    let generation: number | undefined;
    if (makeup.kind === 'plain') restoreInPlace(makeup, faults, lock, context);
    else {
      restoreTop(makeup, part('top'), context);
      recoverGenerations(environmentDir, fs);
      if (part('prefix').length > 0) generation = await restoreGeneration(makeup, part('prefix'), lock.fd, context);
    }
    const still = new Set(requireRest(environmentDir).faults.map(({ path }) => path));
    return {
      restored: faults.filter(({ path }) => !still.has(path)).map(({ kind, path }) => ({ kind, path })),
      failed: [...still].map((path) => ({ path, reason: reasonFor(path) })),
      notes,
      generation,
    };
  } finally {
    lock.release();
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

function reasonFor(path: string): string {
  if (path === 'pyvenv.cfg' || /^bin\/(?:python|pypy)/.test(path))
    return 'the interpreter that it was made for is not there any more, and no other has the same version';
  return 'nothing says what it held';
}

function requireRest(environmentDir: string) {
  // It may hold what this version does not know.
  if (isNewer(environmentDir)) readEnvironment(environmentDir);
  const found = findEnvironmentFaults(environmentDir);
  if (found === undefined) {
    readEnvironment(environmentDir);
    throw new Error(`bug: ${environmentDir} is an environment of which nothing can be told`);
  }
  const why = whyBeyondRepair(found.makeup);
  if (why !== undefined) refuse(found.makeup, why);
  return found;
}

/** Why too little is left to put the rest right; undefined where it can be. */
export function whyBeyondRepair({ dir, kind, generation, prefixDir, libDirName }: Makeup): string | undefined {
  if (lookAtEntry(`${dir}/.`)?.isDirectory() !== true) return 'it is no directory';
  if (kind === 'own' && generation === undefined) return 'no generation of it is left';
  if (libDirName === undefined) return 'nothing says which Python it was made for';
  const site = `${prefixDir}/lib/${libDirName}/site-packages`;
  if (kind === 'own' || existsSync(site)) return undefined;
  return `its packages are gone with ${site}, and nothing says which they were`;
}

function refuse({ dir: environmentDir, kind, shares }: Makeup, why: string): never {
  const layout = kind === 'plain' ? 'plain' : shares === 'nothing' ? 'own' : 'shared';
  throw new InstallError('INSTALL_BEYOND_REPAIR', `${environmentDir} cannot be put right: ${why}.`, {
    hint: `Nothing was changed. Make another of the layout ${layout} in its place, and install what it is to hold.`,
    data: { environmentDir, layout, committed: false },
  });
}
