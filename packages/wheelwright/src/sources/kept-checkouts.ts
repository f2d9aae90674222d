// The checkouts that the store keeps: which there are, which processes read them, and what takes them away again.
// `checkouts/<key>/tree` is the working tree of one commit, `checkouts/<key>/content.json` the hash of each of its files.
// A process that reads a tree shares the lock of `<key>.lease` meanwhile. The protocol: docs/protocols/checkout.md.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, publishDirectory, removeTree } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { type AcquireLockOptions, acquireLock, type Lock, tryAcquireLock } from '@wheelwright/fslock';
import type { EntryFault, PruneReport, Store, VerifyReport } from '@wheelwright/store';

/** A working tree that stays until it is released. */
export interface LeasedCheckout {
  /** Absolute. Nothing may write to it. */
  readonly dir: string;
  release(): void;
}

/** Where the store keeps checkouts; made where it is missing. */
export function checkoutsDir(store: Store): string {
  const dir = path.join(store.dir, 'checkouts');
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** The checkout of `key`, leased; undefined where there is none. Waits while it is being removed. */
export async function leaseCheckout(
  store: Store,
  key: string,
  options: AcquireLockOptions,
): Promise<LeasedCheckout | undefined> {
  const root = checkoutsDir(store);
  if (!existsSync(path.join(root, key))) return undefined;
  const lease = await holdLease(root, key, options);
  if (existsSync(path.join(root, key))) return leased(root, key, lease);
  lease.release();
  return undefined;
}

/**
 * Gives the working tree in `stagedDir/tree` the name of `key`, durably, and leases it. Where another process was first,
 * its tree counts: both are of one commit.
 */
export async function keepCheckout(
  store: Store,
  key: string,
  stagedDir: string,
  { fs, ...options }: AcquireLockOptions & { readonly fs?: Fs | undefined },
): Promise<LeasedCheckout> {
  const root = checkoutsDir(store);
  const content = JSON.stringify(hashContent(path.join(stagedDir, treeName)));
  createFile(path.join(stagedDir, contentName), content, { fs });
  // The lease comes first: a checkout that no process leases may be removed.
  const lease = await holdLease(root, key, options);
  try {
    publishDirectory(stagedDir, path.join(root, key), { fs });
    return leased(root, key, lease);
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** Removes the checkouts that no process has read for so long (ms), beside running jobs. */
export async function pruneCheckouts(store: Store, unusedForMs: number): Promise<PruneReport> {
  const root = checkoutsDir(store);
  const limit = unusedForMs === 0 ? Number.POSITIVE_INFINITY : Date.now() - unusedForMs;
  const removed: string[] = [];
  const inUse: string[] = [];
  for (const name of readdirSync(root)) {
    if (name.endsWith('.lock')) await removeLock(path.join(root, name));
    if (!isKey(name) || !(lastUse(root, name) < limit)) continue;
    const isGone = await removeCheckout(store, name);
    (isGone ? removed : inUse).push(`checkouts/${name}`);
  }
  return { removed, inUse };
}

/** Compares every file of every checkout with its hash. A damaged one that no process reads is removed. */
export async function verifyCheckouts(store: Store): Promise<VerifyReport> {
  const root = checkoutsDir(store);
  const faults: EntryFault[] = [];
  const keys = readdirSync(root).filter(isKey);
  for (const key of keys) {
    const found = faultsOf(path.join(root, key));
    if (found.length > 0) await removeCheckout(store, key);
    faults.push(...found.map((fault) => ({ entry: `checkouts/${key}`, ...fault })));
  }
  return { checked: keys.length, faults };
}

async function holdLease(root: string, key: string, options: AcquireLockOptions): Promise<Lock> {
  const lease = await acquireLock(leaseOf(root, key), { ...options, mode: 'shared' });
  const now = new Date();
  utimesSync(lease.path, now, now);
  return lease;
}

function leased(root: string, key: string, lease: Lock): LeasedCheckout {
  return { dir: path.join(root, key, treeName), release: () => lease.release() };
}

/** False where a process reads it. */
async function removeCheckout(store: Store, key: string): Promise<boolean> {
  const root = checkoutsDir(store);
  const lease = await tryExclusive(leaseOf(root, key));
  if (lease === undefined) return false;
  const staging = store.stage();
  try {
    // Out of sight in one step, then away. crash here: staged work of a dead process, swept.
    if (existsSync(path.join(root, key))) renameSync(path.join(root, key), path.join(staging.dir, key));
    // A process that waits for the lock finds that the file has gone, and makes a new one.
    removeTree(lease.path);
    return true;
  } finally {
    lease.release();
    staging.release();
  }
}

/** The lock of a fetch that is over. */
async function removeLock(lockPath: string): Promise<void> {
  const lock = await tryExclusive(lockPath);
  if (lock === undefined) return;
  removeTree(lockPath);
  lock.release();
}

/** Undefined where it is held, by a build that runs this process too. */
async function tryExclusive(lockPath: string): Promise<Lock | undefined> {
  try {
    return await tryAcquireLock(lockPath, { purpose: 'checkouts' });
  } catch (error) {
    if (isCodedError(error, 'FSLOCK_HELD_BY_ANCESTOR')) return undefined;
    throw error;
  }
}

function lastUse(root: string, key: string): number {
  return statSync(leaseOf(root, key), { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

function leaseOf(root: string, key: string): string {
  return path.join(root, `${key}.lease`);
}

function isKey(name: string): boolean {
  return /^[0-9a-f]{40}$/.test(name);
}

const treeName = 'tree';
const contentName = 'content.json';

/** The hash of each file and the target of each link, by path. The data of git and hg does not count. */
function hashContent(treeDir: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(treeDir, { recursive: true, withFileTypes: true })) {
    const target = path.join(entry.parentPath, entry.name);
    const name = path.relative(treeDir, target);
    if (entry.isDirectory() || name.split(path.sep).some((part) => part === '.git' || part === '.hg')) continue;
    found[name] = entry.isSymbolicLink() ? `-> ${readlinkSync(target)}` : sha256Of(readFileSync(target));
  }
  return found;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function faultsOf(dir: string): Omit<EntryFault, 'entry'>[] {
  let expected: unknown;
  let found: Readonly<Record<string, string>>;
  try {
    expected = JSON.parse(readFileSync(path.join(dir, contentName), 'utf8'));
    found = hashContent(path.join(dir, treeName));
  } catch {
    return [{ path: '', fault: 'unreadable' }];
  }
  if (typeof expected !== 'object' || expected === null) return [{ path: '', fault: 'unreadable' }];
  const hashes = new Map<string, unknown>(Object.entries(expected));
  const faults: Omit<EntryFault, 'entry'>[] = [];
  for (const [name, hash] of Object.entries(found)) {
    if (!hashes.has(name)) faults.push({ path: name, fault: 'unexpected' });
    else if (hashes.get(name) !== hash) faults.push({ path: name, fault: 'changed' });
    hashes.delete(name);
  }
  return [...faults, ...[...hashes.keys()].map((name) => ({ path: name, fault: 'missing' as const }))];
}
