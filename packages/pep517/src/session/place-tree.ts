// Provides the directory in which hooks work: a snapshot, taken under the tree's shared lock; the tree itself, under its
// exclusive lock, which is held until the last process of the last hook has ended; or an unpacked sdist.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { acquireLock, type Lock, LockError, type LockMode } from '@wheelwright/fslock';
import type { Project } from '../project/project.ts';
import { largestDirectories } from '../tree/largest-directories.ts';
import type { TreeScan } from '../tree/scan-tree.ts';
import { type Snapshot, snapshotTree } from '../tree/snapshot-tree.ts';
import type { BuildArea } from './build-area.ts';
import type { ShownPath } from './build-log.ts';
import type { BuildOptions } from './build-types.ts';
import { abortedError } from './deadline.ts';
import type { BuildSource } from './source.ts';

export interface PlacedTree {
  readonly dir: string;
  readonly shownAs: readonly ShownPath[];
  /** The copied entries; undefined if hooks work in place or in an unpacked sdist. */
  readonly scan?: TreeScan | undefined;
  /** The lock on the tree, which the runner inherits. The caller releases it. */
  readonly lock?: Lock | undefined;
}

type PlaceOptions = Pick<
  BuildOptions,
  'strategy' | 'kind' | 'buildsDir' | 'leaveOut' | 'lockTimeoutMs' | 'signal' | 'onEvent'
> & {
  readonly outDir?: string | undefined;
};

/** Takes the snapshot, or the lock on the tree. Codes: PEP517_TREE_CHANGED, PEP517_ABORTED, FSLOCK_…. */
export async function placeTree(source: BuildSource, area: BuildArea, options: PlaceOptions): Promise<PlacedTree> {
  const { unpackedDir, project } = source;
  if (unpackedDir !== undefined) {
    return { dir: unpackedDir, shownAs: [{ from: unpackedDir, to: project.dir }] };
  }
  if (worksInPlace(options, project)) {
    return { dir: project.dir, shownAs: [], lock: await lockTree(project.dir, 'exclusive', options) };
  }
  const lock = await lockTree(project.dir, 'shared', options).catch((error: unknown) => {
    // Without shared locks the copy is taken without one: changes during the copy are detected.
    if (error instanceof LockError && error.code === 'FSLOCK_UNSUPPORTED') return undefined;
    throw error;
  });
  try {
    const started = performance.now();
    const snapshot = await snapshotTree(project.dir, area.treeParentDir, {
      leaveOut: leftOutDirs(options),
      patterns: project.settings.patterns,
      signal: options.signal,
      onChanged: (changed, attempt) => options.onEvent?.({ type: 'tree-changed', path: changed, attempt }),
    });
    // If blocks are shared, even a large tree is copied quickly.
    if (performance.now() - started > slowCopyMs) tellLargest(snapshot, options);
    return snapshot;
  } finally {
    lock?.release();
  }
}

/** Directories that are not part of any source: those for artifacts and builds, and those that the caller names. */
export function leftOutDirs({
  outDir,
  leaveOut = [],
  buildsDir,
}: Pick<PlaceOptions, 'outDir' | 'leaveOut' | 'buildsDir'>): string[] {
  return [...(outDir === undefined ? [] : [outDir]), ...leaveOut, buildsDir].map(realOrSame);
}

/** Whether the hooks work in the tree itself. They do for editable wheels, which contain the tree's path. */
export function worksInPlace(
  { strategy, kind }: Pick<BuildOptions, 'strategy' | 'kind'>,
  { settings }: Pick<Project, 'settings'>,
): boolean {
  return (strategy ?? settings.strategy) === 'in-place' || kind === 'editable';
}

/** A copy that takes longer than this, in ms, is reported with the directories that make it slow. */
const slowCopyMs = 1000;

function tellLargest({ scan }: Snapshot, { onEvent }: PlaceOptions): void {
  const largest = largestDirectories(scan.entries);
  if (largest.length === 0) return;
  const named = largest.map(({ path: dir, bytes }) => `${dir}/ (${Math.round(bytes / 2 ** 20)} MB)`).join(', ');
  const message = `Copying the tree takes long because of ${named}; list what no build needs in 'exclude' of [tool.wheelwright.build].`;
  onEvent?.({ type: 'warning', message });
}

async function lockTree(dir: string, mode: LockMode, options: PlaceOptions): Promise<Lock> {
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

function realOrSame(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return path.resolve(dir);
  }
}
