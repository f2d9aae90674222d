// `cache`: measures, verifies and prunes the store while other jobs run.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { type Lock, tryAcquireLock } from '@wheelwright/fslock';
import { pruneShared } from '@wheelwright/installer';
import type { PruneReport, StoreSize, VerifyReport } from '@wheelwright/store';
import { pruneKeptBuilds } from '../build/kept-builds.ts';
import { pruneCheckouts, verifyCheckouts } from '../sources/kept-checkouts.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** What to remove. */
export interface PruneCacheOptions extends CallOptions {
  /** Also remove entries that were not used for this long, in ms. Without it only unreachable files are removed. */
  readonly unusedForMs?: number | undefined;
}

/** The disk space of the store, by kind of content. */
export async function cacheSize(tool: Tool, options: CallOptions = {}): Promise<StoreSize> {
  return withCall(tool, options, async (called) => (await called.store()).size());
}

/** Compares every file of every entry with its hash. A damaged entry is unpacked again when a command needs it. */
export async function verifyCache(tool: Tool, options: CallOptions = {}): Promise<VerifyReport> {
  return withCall(tool, options, async (called) => {
    const store = await called.store();
    const [entries, checkouts] = [store.verify(), await verifyCheckouts(store)];
    return { checked: entries.checked + checkouts.checked, faults: [...entries.faults, ...checkouts.faults] };
  });
}

/** Removes unused entries. Entries that a running job uses stay. */
export async function pruneCache(tool: Tool, options: PruneCacheOptions = {}): Promise<PruneReport> {
  return withCall(tool, options, (called) => pruneCacheWith(called, options));
}

async function pruneCacheWith(tool: Tool, options: PruneCacheOptions): Promise<PruneReport> {
  const store = await tool.store();
  const report = both(
    await store.prune(options.unusedForMs === undefined ? {} : { unusedForMs: options.unusedForMs }),
    await pruneData(tool, options.unusedForMs),
  );
  const { unusedForMs } = options;
  if (unusedForMs === undefined) return report;
  const withCheckouts = both(report, await pruneCheckouts(store, unusedForMs));
  const withBuilds = both(withCheckouts, { removed: await pruneKeptBuilds(store, unusedForMs), inUse: [] });
  return unusedForMs === 0 ? both(withBuilds, await removeBuildEnvironments(store.environmentsDir)) : withBuilds;
}

/** Removes everything that no running job uses. */
export async function cleanCache(tool: Tool, options: CallOptions = {}): Promise<PruneReport> {
  return withCall(tool, options, (called) => cleanCacheWith(called));
}

async function cleanCacheWith(tool: Tool): Promise<PruneReport> {
  const store = await tool.store();
  const kept = { removed: await pruneKeptBuilds(store, 0), inUse: [] };
  const entries = both(await store.clean(), await pruneData(tool, 0));
  const report = both(both(entries, kept), await pruneCheckouts(store, 0));
  return both(report, await removeBuildEnvironments(store.environmentsDir));
}

/** Shared generations are not a cache: those that an environment uses stay in any case. */
async function pruneData(tool: Tool, unusedForMs: number | undefined): Promise<PruneReport> {
  const { dataDir, lockTimeoutMs } = tool.settings;
  if (dataDir === undefined) return { removed: [], inUse: [] };
  return pruneShared(dataDir, { unusedForMs, lockTimeoutMs, signal: tool.signal });
}

function both(one: PruneReport, other: PruneReport): PruneReport {
  return { removed: [...one.removed, ...other.removed], inUse: [...one.inUse, ...other.inUse] };
}

/** Removes build environments whose lock is free. The lock files stay, since a waiting process has them open. */
async function removeBuildEnvironments(environmentsDir: string): Promise<PruneReport> {
  const removed: string[] = [];
  const inUse: string[] = [];
  for (const entry of readdirSync(environmentsDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const dir = path.join(environmentsDir, entry.name);
    const locks = await tryAll([`${dir}.lock`, `${dir}.lease`]);
    if (locks === undefined) {
      inUse.push(`environments/${entry.name}`);
      continue;
    }
    try {
      // The mark goes first: after a crash here the rest is not used, and the environment is made again.
      removeTree(path.join(dir, '.complete'));
      removeTree(dir);
      removed.push(`environments/${entry.name}`);
    } finally {
      for (const lock of locks) lock.release();
    }
  }
  return { removed, inUse };
}

/** Takes all of the locks or none. */
async function tryAll(paths: readonly string[]): Promise<readonly Lock[] | undefined> {
  const locks: Lock[] = [];
  const release = () => {
    for (const held of locks) held.release();
  };
  for (const file of paths) {
    const lock = await tryAcquireLock(file, { purpose: 'ww cache' }).catch((error: unknown) => {
      // A build that started this process uses the environment.
      if (isCodedError(error, 'FSLOCK_HELD_BY_ANCESTOR')) return undefined;
      release();
      throw error;
    });
    if (lock === undefined) {
      release();
      return undefined;
    }
    locks.push(lock);
  }
  return locks;
}
