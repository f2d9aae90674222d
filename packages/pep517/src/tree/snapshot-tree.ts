// Makes a private copy of a source tree at one moment, so that builds of one tree cannot see each other's files. The caller
// holds the tree's shared lock. Protocol: docs/protocols/build.md.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isErrno } from '@wheelwright/errors';
import { createGitView, linkSiblings } from '../git/private-repository.ts';
import { findRepository } from '../git/repository.ts';
import { hashAlgorithm, readGitIndex, type TrackedFiles, trackedFiles } from '../git/tracked-files.ts';
import { Pep517Error } from '../pep517-error.ts';
import { type CopyTreeOptions, copyTree } from './copy-tree.ts';
import {
  findChange,
  type ScanTreeOptions,
  scanTree,
  type TreeEntry,
  type TreePatterns,
  type TreeScan,
} from './scan-tree.ts';

/** Options of a snapshot. */
export interface SnapshotTreeOptions {
  /** Absolute directories that are no part of the source, such as the out directory. */
  readonly leaveOut?: readonly string[] | undefined;
  /** The user's choice of paths. */
  readonly patterns?: TreePatterns | undefined;
  /** For how long a tree that keeps changing is copied again, in ms; 20 s by default. */
  readonly patienceMs?: number | undefined;
  /** Ends the work, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the tree changed while it was copied, and is copied again. */
  readonly onChanged?: ((changedPath: string, attempt: number) => void) | undefined;
}

/** A private copy of a tree. */
export interface Snapshot {
  /** The copy of the tree; it has the name of the original, and its place below the top of a repository. */
  readonly dir: string;
  /** What was copied. */
  readonly scan: TreeScan;
  /** Prefixes to show in place of the snapshot's, the longest first. */
  readonly shownAs: readonly { readonly from: string; readonly to: string }[];
}

/** The least number of copies of a changing tree; more are made while time is left. */
const leastAttempts = 5;
const defaultPatienceMs = 20_000;
/** Two changes of a file within one tick of the kernel's clock, in ms, may leave it the same times. */
const clockTickMs = 12;

/**
 * Copies the tree at `sourceDir` (a real path) into the empty directory `targetDir`. What tools left in it stays out,
 * but never a file that git tracks. What is beside the tree, and above it up to the top of its repository or, without
 * one, a few directories up, is there as links; in a repository git answers as it does in the original. Where the tree
 * changes meanwhile, what changed is copied again until all of the copy is of one moment.
 * Codes: PEP517_TREE_CHANGED where it does not come to rest.
 */
export async function snapshotTree(
  sourceDir: string,
  targetDir: string,
  options: SnapshotTreeOptions = {},
): Promise<Snapshot> {
  const repository = findRepository(sourceDir);
  const fromRoot = repository?.rootDir ?? topOfSurroundings(sourceDir);
  const toRoot = path.join(targetDir, path.basename(fromRoot) || 'tree');
  const treePath = path.relative(fromRoot, sourceDir).split(path.sep).join('/');
  const dir = path.join(toRoot, treePath);
  // Without a repository only links into the tree itself are bent: the rest is there as it is in the original.
  const root = repository === undefined ? { from: sourceDir, to: dir } : { from: fromRoot, to: toRoot };
  const readIndex = () => repository && readGitIndex(repository, path.join(targetDir, '.index'));
  const scanOptions = scanOptionsFor(sourceDir, options, () => {
    const index = readIndex();
    return index && trackedFiles(index, treePath);
  });
  mkdirSync(dir, { recursive: true });
  const scan = await copySettled(sourceDir, dir, { ...options, scanOptions, root });
  if (treePath !== '') linkSiblings(fromRoot, toRoot, treePath);
  if (repository !== undefined) {
    createGitView({ repository, index: readIndex(), treePath, toRoot, algorithm: hashAlgorithm(repository) });
  }
  return { dir, scan, shownAs: [{ from: toRoot, to: fromRoot }] };
}

/** A listing of a tree as {@link snapshotTree} takes it, without a copy. */
export interface TreeListing {
  readonly scan: TreeScan;
  /** A file that may change again without its times saying so; undefined where there is none. */
  readonly unsettled: string | undefined;
}

/** Lists what a snapshot of the tree at `sourceDir` (a real path) would hold; `scratchPath` is an absent path. */
export async function listTree(
  sourceDir: string,
  scratchPath: string,
  options: Pick<SnapshotTreeOptions, 'leaveOut' | 'patterns'>,
): Promise<TreeListing> {
  const repository = findRepository(sourceDir);
  const treePath = repository && path.relative(repository.rootDir, sourceDir).split(path.sep).join('/');
  const scanOptions = scanOptionsFor(sourceDir, options, () => {
    const index = repository && readGitIndex(repository, scratchPath);
    return index && trackedFiles(index, treePath!);
  });
  const { unsettled, ...scan } = await scanSettled(sourceDir, scanOptions);
  return { scan, unsettled };
}

interface CopySettledOptions extends SnapshotTreeOptions {
  readonly scanOptions: ScanTreeOptions;
  readonly root: CopyTreeOptions['root'];
}

/**
 * Makes `dir` a copy of one moment of the tree and gives its listing. Each round lists the tree, copies what it does not
 * hold yet, and lists it again: a file whose two listings agree is the one that was copied, and where all agree the copy
 * is of that moment.
 */
async function copySettled(sourceDir: string, dir: string, options: CopySettledOptions): Promise<TreeScan> {
  const { scanOptions, root, signal, patienceMs = defaultPatienceMs } = options;
  const patience = performance.now() + patienceMs;
  /** What the copy has, by path: the fingerprint of the original, or that it is to be copied again. */
  const held = new Map<string, string>();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const before = await scanSettled(sourceDir, scanOptions);
    removeGone(dir, before, held);
    const missing = before.entries.filter(({ path: name, fingerprint }) => held.get(name) !== fingerprint);
    await copyTree(missing, sourceDir, dir, { root, signal, replaces: held.size > 0 });
    const after = scanTree(sourceDir, scanOptions);
    const changed = findChange(before, after) ?? before.unsettled;
    if (changed === undefined) return before;
    const seenAgain = new Map(after.entries.map((entry) => [entry.path, entry.fingerprint]));
    for (const entry of before.entries) {
      const isSame = seenAgain.get(entry.path) === entry.fingerprint && !isYoung(entry, before.startedMs);
      held.set(entry.path, isSame ? entry.fingerprint : 'stale');
    }
    if (attempt >= leastAttempts && performance.now() > patience) throw treeChanged(sourceDir, changed, attempt);
    options.onChanged?.(path.join(sourceDir, changed), attempt);
  }
}

function treeChanged(sourceDir: string, changed: string, attempts: number): Pep517Error {
  return new Pep517Error('PEP517_TREE_CHANGED', `${sourceDir} changed during each of ${attempts} copies of it.`, {
    hint: 'Let what writes into the tree finish, or keep its output out of the tree.',
    data: { path: sourceDir, changed: path.join(sourceDir, changed) },
  });
}

/** Removes entries from the copy that are no longer in the tree. */
function removeGone(dir: string, scan: TreeScan, held: Map<string, string>): void {
  if (held.size === 0) return;
  const wanted = new Map(scan.entries.map((entry) => [entry.path, entry]));
  for (const name of [...held.keys()].reverse()) {
    if (wanted.has(name)) continue;
    rmSync(path.join(dir, name), { recursive: true, force: true });
    held.delete(name);
  }
}

/**
 * The directory up to which a tree without a repository finds its surroundings: a few levels above it, but nothing that
 * is crowded, or shared by all users as a directory of temporary files is.
 */
function topOfSurroundings(sourceDir: string): string {
  let top = sourceDir;
  for (let level = 0; level < levelsAbove; level += 1) {
    const above = path.dirname(top);
    if (path.dirname(above) === above || !isQuiet(above)) break;
    top = above;
  }
  return top;
}

const levelsAbove = 4;
const mostBeside = 400;
const stickyBit = 0o1000;

function isQuiet(dir: string): boolean {
  try {
    return (statSync(dir).mode & stickyBit) === 0 && readdirSync(dir).length <= mostBeside;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}

function scanOptionsFor(
  sourceDir: string,
  { leaveOut = [], patterns }: Pick<SnapshotTreeOptions, 'leaveOut' | 'patterns'>,
  readTracked: () => TrackedFiles | undefined,
): ScanTreeOptions {
  let tracked: { readonly value: TrackedFiles | undefined } | undefined;
  return {
    leaveOutDirs: leaveOut.filter((dir) => !isAtOrAbove(dir, sourceDir)),
    artifactsDir: leaveOut.find((dir) => dir === sourceDir),
    patterns,
    tracked() {
      tracked ??= { value: readTracked() };
      return tracked.value;
    },
  };
}

/** A listing whose files are older than the last tick of the clock, where waiting for one tick makes it so. */
async function scanSettled(sourceDir: string, options: ScanTreeOptions): Promise<SettledScan> {
  const first = timedScan(sourceDir, options);
  if (first.unsettled === undefined) return first;
  // The clock cuts fractions off, which times of files have, and a timer may end a millisecond early.
  const settledMs = Date.now() + 1 + clockTickMs;
  while (Date.now() <= settledMs) await setTimeout(clockTickMs + 2);
  return timedScan(sourceDir, options);
}

interface SettledScan extends TreeScan {
  readonly startedMs: number;
  /** A file that may change again without its times saying so. */
  readonly unsettled: string | undefined;
}

function timedScan(sourceDir: string, options: ScanTreeOptions): SettledScan {
  const startedMs = Date.now();
  const scan = scanTree(sourceDir, options);
  const isOld = startedMs - scan.newestMs > clockTickMs;
  const unsettled = isOld ? undefined : scan.entries.find((entry) => isYoung(entry, startedMs))?.path;
  return { ...scan, startedMs, unsettled };
}

/** Whether a file changed within the last tick before `now`; one from the future is as old as it says. */
function isYoung({ kind, ctimeMs }: TreeEntry, now: number): boolean {
  return kind !== 'directory' && Math.abs(now - ctimeMs) <= clockTickMs;
}

function isAtOrAbove(dir: string, other: string): boolean {
  const relative = path.relative(dir, other);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}
