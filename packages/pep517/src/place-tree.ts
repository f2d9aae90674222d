// Where the hooks of a build work: on a snapshot taken under the tree's shared lock, or in the tree itself under its
// exclusive lock, which is held until the last process of the last hook has ended.
import { acquireLock, type Lock, LockError, type LockMode } from '@wheelwright/fslock';
import type { BuildArea } from './build-area.ts';
import type { ShownPath } from './build-log.ts';
import type { BuildOptions } from './build-types.ts';
import type { CleanUp } from './clean-ups.ts';
import { abortedError } from './deadline.ts';
import type { Project } from './project.ts';
import { snapshotTree } from './snapshot-tree.ts';

export interface PlacedTree {
  readonly dir: string;
  readonly shownAs: readonly ShownPath[];
  /** The lock that the runner inherits. */
  readonly lockFd?: number | undefined;
}

/** Takes the snapshot, or the lock on the tree. Codes: PEP517_TREE_CHANGED, PEP517_ABORTED, FSLOCK_…. */
export async function placeTree(
  project: Project,
  area: BuildArea,
  options: BuildOptions,
  defer: (cleanUp: CleanUp) => void,
): Promise<PlacedTree> {
  if (worksInPlace(options)) {
    const lock = await lockTree(project.dir, 'exclusive', options);
    defer(() => lock.release());
    return { dir: project.dir, shownAs: [], lockFd: lock.fd };
  }
  const lock = await lockTree(project.dir, 'shared', options).catch((error: unknown) => {
    // Reading beside others needs no lock where there is none to be had: what they change meanwhile is detected.
    if (error instanceof LockError && error.code === 'FSLOCK_UNSUPPORTED') return undefined;
    throw error;
  });
  try {
    return await snapshotTree(project.dir, area.treeParentDir, {
      leaveOut: [options.outDir, options.buildsDir],
      signal: options.signal,
      onChanged: (path, attempt) => options.onEvent?.({ type: 'tree-changed', path, attempt }),
    });
  } finally {
    lock?.release();
  }
}

/** Whether the hooks work in the tree itself: an editable wheel names the place where it was built. */
export function worksInPlace({ strategy, kind }: Pick<BuildOptions, 'strategy' | 'kind'>): boolean {
  return strategy === 'in-place' || kind === 'editable';
}

async function lockTree(dir: string, mode: LockMode, options: BuildOptions): Promise<Lock> {
  const { lockTimeoutMs, signal, onEvent, kind } = options;
  try {
    return await acquireLock(dir, {
      mode,
      timeoutMs: lockTimeoutMs,
      signal,
      purpose: `build of ${kind === 'editable' ? 'an editable wheel' : `the ${kind}`}`,
      onWait: (holder) => onEvent?.({ type: 'waiting', path: dir, holder }),
    });
  } catch (error) {
    throw error instanceof LockError && error.code === 'FSLOCK_ABORTED' ? abortedError(dir, signal) : error;
  }
}
