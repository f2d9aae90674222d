// Restores lost or damaged files of an environment itself from what is left of it. Files beside its generations are
// restored in place, each by one rename. Files in a generation come with the next one, since a live generation is never
// edited. A venv without generations is changed by one journaled transaction. The packages in it are not examined: that is
// `planRepair`. Protocol: docs/protocols/install.md, "Putting right".
import { existsSync } from 'node:fs';
import { type Durability, lookAtEntry, nodeFs } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { acquireLock } from '@wheelwright/fslock';
import { environmentPaths, type ImageFault, isNewer, type Makeup, readEnvironment } from '@wheelwright/python';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { InstallError } from '../model/install-error.ts';
import type { OperationOptions } from '../model/operation-options.ts';
import { findEnvironmentFaults } from '../read/environment-faults.ts';
import { recoverPrefix } from '../recover/recover-prefix.ts';
import type { RestoreContext, RestoreInterpreter } from './restore-context.ts';
import { restoreGeneration } from './restore-generation.ts';
import { restoreInPlace } from './restore-in-place.ts';
import { restoreTop } from './restore-top.ts';

/** How {@link restoreEnvironment} works. */
export interface RestoreOptions extends OperationOptions {
  /** The Python that the environment is for; undefined where it was not found: then files that need it stay lost. */
  readonly interpreter: RestoreInterpreter | undefined;
  /** `full` by default: what was reported survives a power cut. */
  readonly durability?: Durability | undefined;
}

/** What {@link restoreEnvironment} did. */
export interface RestoreReport {
  /** The faults that are gone. */
  readonly restored: readonly Pick<ImageFault, 'kind' | 'path'>[];
  /** The faults that remain: the path relative to the environment, and the reason as a clause. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  /** Sentences: where files that were in the way are now, and which facts were assumed because nothing states them. */
  readonly notes: readonly string[];
  /** The number of the generation that was committed; undefined where none was needed. */
  readonly generation: number | undefined;
}

/**
 * Restores what {@link findEnvironmentFaults} finds in the environment at the absolute path `environmentDir`. After a crash
 * some of it is restored, and the next call restores the rest. Throws INSTALL_BEYOND_REPAIR where too little is left, with
 * nothing changed, and what `recoverEnvironment` throws.
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
    return 'the interpreter that it was made for is gone, and no other has the same version';
  return 'nothing says what it contained';
}

function requireRest(environmentDir: string) {
  // A newer version may know more: `readEnvironment` refuses it.
  if (isNewer(environmentDir)) readEnvironment(environmentDir);
  const found = findEnvironmentFaults(environmentDir);
  if (found === undefined) {
    readEnvironment(environmentDir);
    throw new Error(`bug: ${environmentDir} is an environment that nothing describes`);
  }
  const why = whyBeyondRepair(found.makeup);
  if (why !== undefined) refuse(found.makeup, why);
  return found;
}

/** Why an environment cannot be restored, as a clause; undefined where it can be. */
export function whyBeyondRepair({ dir, kind, generation, prefixDir, libDirName }: Makeup): string | undefined {
  if (lookAtEntry(`${dir}/.`)?.isDirectory() !== true) return 'it is not a directory';
  if (kind === 'own' && generation === undefined) return 'no generation of it is left';
  if (libDirName === undefined) return 'nothing says which Python it was made for';
  const site = `${prefixDir}/lib/${libDirName}/site-packages`;
  if (kind === 'own' || existsSync(site)) return undefined;
  return `its packages are gone with ${site}, and nothing says which they were`;
}

function refuse({ dir: environmentDir, kind, shares }: Makeup, why: string): never {
  const layout = kind === 'plain' ? 'plain' : shares === 'nothing' ? 'own' : 'shared';
  throw new InstallError('INSTALL_BEYOND_REPAIR', `${environmentDir} cannot be restored: ${why}.`, {
    hint: `Nothing was changed. Make another of the layout ${layout} in its place, and install its distributions again.`,
    data: { environmentDir, layout, committed: false },
  });
}
