// A private copy of a source tree as it was at one moment, so that builds of one tree cannot see each other's files.
// Called under the tree's shared lock. Protocol: docs/protocols/build.md.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createGitView, linkSiblings } from '../git/private-repository.ts';
import { findRepository } from '../git/repository.ts';
import { hashAlgorithm, readGitIndex, type TrackedFiles, trackedFiles } from '../git/tracked-files.ts';
import { Pep517Error } from '../pep517-error.ts';
import { copyTree } from './copy-tree.ts';
import { findChange, type ScanTreeOptions, scanTree } from './scan-tree.ts';

export interface SnapshotTreeOptions {
  /** Absolute directories that are no part of the source, such as the out directory. */
  readonly leaveOut?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the tree changed while it was copied, and is copied again. */
  readonly onChanged?: ((changedPath: string, attempt: number) => void) | undefined;
}

export interface Snapshot {
  /** The copy of the tree; it has the name of the original, and its place below the top of a repository. */
  readonly dir: string;
  /** Prefixes to show in place of the snapshot's, the longest first. */
  readonly shownAs: readonly { readonly from: string; readonly to: string }[];
}

const attempts = 5;
/** Two changes of a file within one tick of the kernel's clock leave it the same times. */
const clockTickMs = 12;

/**
 * Copies the tree at `sourceDir` (a real path) into the empty directory `targetDir`. What tools left in it stays out,
 * but never a file that git tracks. In a git repository the copy lies in a private one, at the same place below its top,
 * with links to what lies beside the way there. Codes: PEP517_TREE_CHANGED when it changed during each of five copies.
 */
export async function snapshotTree(
  sourceDir: string,
  targetDir: string,
  options: SnapshotTreeOptions = {},
): Promise<Snapshot> {
  const { signal } = options;
  const repository = findRepository(sourceDir);
  const fromRoot = repository?.rootDir ?? sourceDir;
  const root = { from: fromRoot, to: path.join(targetDir, path.basename(fromRoot) || 'tree') };
  const treePath = path.relative(fromRoot, sourceDir).split(path.sep).join('/');
  const dir = path.join(root.to, treePath);
  const readIndex = () => repository && readGitIndex(repository, path.join(targetDir, '.index'));
  const scanOptions = scanOptionsFor(sourceDir, options.leaveOut ?? [], () => {
    const index = readIndex();
    return index && trackedFiles(index, treePath);
  });
  let changed: string | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    signal?.throwIfAborted();
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const before = await scanSettled(sourceDir, scanOptions);
    const complete = await copyTree(before.entries, sourceDir, dir, { root, signal });
    changed = findChange(before, scanTree(sourceDir, scanOptions)) ?? (complete ? undefined : '.');
    if (changed === undefined) {
      if (repository !== undefined) {
        if (treePath !== '') linkSiblings(root.from, root.to, treePath);
        const algorithm = hashAlgorithm(repository);
        createGitView({ repository, index: readIndex(), treePath, toRoot: root.to, algorithm });
      }
      return { dir, shownAs: [{ from: root.to, to: root.from }] };
    }
    options.onChanged?.(path.join(sourceDir, changed), attempt);
  }
  throw new Pep517Error('PEP517_TREE_CHANGED', `${sourceDir} changed during each of ${attempts} copies of it.`, {
    hint: 'Let what writes into the tree finish, or keep its output out of the tree.',
    data: { path: sourceDir, changed: path.join(sourceDir, changed!) },
  });
}

function scanOptionsFor(
  sourceDir: string,
  leaveOut: readonly string[],
  readTracked: () => TrackedFiles | undefined,
): ScanTreeOptions {
  let tracked: { readonly value: TrackedFiles | undefined } | undefined;
  return {
    leaveOutDirs: leaveOut.filter((dir) => !isAtOrAbove(dir, sourceDir)),
    artifactsDir: leaveOut.find((dir) => dir === sourceDir),
    tracked() {
      tracked ??= { value: readTracked() };
      return tracked.value;
    },
  };
}

/** A scan that no change within the last tick of the clock can hide behind. */
async function scanSettled(sourceDir: string, options: ScanTreeOptions) {
  const start = Date.now();
  const scan = scanTree(sourceDir, options);
  const age = start - scan.newestMs;
  if (age > clockTickMs || age < -clockTickMs) return scan;
  await setTimeout(clockTickMs - Math.max(age, 0) + 1);
  return scanTree(sourceDir, options);
}

function isAtOrAbove(dir: string, other: string): boolean {
  const relative = path.relative(dir, other);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}
