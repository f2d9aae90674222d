// The store from outside: how big, whether sound, and what nobody needs taken away beside running jobs.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { type Lock, tryAcquireLock } from '@wheelwright/fslock';
import { pruneShared } from '@wheelwright/installer';
import type { PruneReport, StoreSize, VerifyReport } from '@wheelwright/store';
import { pruneKeptBuilds } from '../build/kept-builds.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** How much is taken away. */
export interface PruneCacheOptions extends CallOptions {
  /** Also what nobody has used for so long, in ms; without it only what cannot be found any more. */
  readonly unusedForMs?: number | undefined;
}

/** How much of the disk the store takes, by what it keeps. */
export async function cacheSize(tool: Tool, options: CallOptions = {}): Promise<StoreSize> {
  return withCall(tool, options, async (called) => (await called.store()).size());
}

/** Every file of every entry against its hash; damaged entries are filled again by the next who wants them. */
export async function verifyCache(tool: Tool, options: CallOptions = {}): Promise<VerifyReport> {
  return withCall(tool, options, async (called) => (await called.store()).verify());
}

/** Takes away what nobody needs; what a running job uses stays. */
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
  const withBuilds = both(report, { removed: await pruneKeptBuilds(store, unusedForMs), inUse: [] });
  return unusedForMs === 0 ? both(withBuilds, await removeBuildEnvironments(store.environmentsDir)) : withBuilds;
}

/** Takes away everything that no running job uses. */
export async function cleanCache(tool: Tool, options: CallOptions = {}): Promise<PruneReport> {
  return withCall(tool, options, (called) => cleanCacheWith(called));
}

async function cleanCacheWith(tool: Tool): Promise<PruneReport> {
  const store = await tool.store();
  const kept = { removed: await pruneKeptBuilds(store, 0), inUse: [] };
  const report = both(both(await store.clean(), await pruneData(tool, 0)), kept);
  return both(report, await removeBuildEnvironments(store.environmentsDir));
}

/** What environments share is no cache: what one of them leads into stays in any case. */
async function pruneData(tool: Tool, unusedForMs: number | undefined): Promise<PruneReport> {
  const { dataDir, lockTimeoutMs } = tool.settings;
  if (dataDir === undefined) return { removed: [], inUse: [] };
  return pruneShared(dataDir, { unusedForMs, lockTimeoutMs, signal: tool.signal });
}

function both(one: PruneReport, other: PruneReport): PruneReport {
  return { removed: [...one.removed, ...other.removed], inUse: [...one.inUse, ...other.inUse] };
}

/** Environments of builds whose lock nobody holds; the locks stay, since whoever waits for one has it open. */
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
      // Its mark first: what is left after a crash here is made again, and never used.
      removeTree(path.join(dir, '.complete'));
      removeTree(dir);
      removed.push(`environments/${entry.name}`);
    } finally {
      for (const lock of locks) lock.release();
    }
  }
  return { removed, inUse };
}

/** All of the locks, or none. */
async function tryAll(paths: readonly string[]): Promise<readonly Lock[] | undefined> {
  const locks: Lock[] = [];
  const release = () => {
    for (const held of locks) held.release();
  };
  for (const file of paths) {
    const lock = await tryAcquireLock(file, { purpose: 'ww cache' }).catch((error: unknown) => {
      // A build that runs us is one that uses it.
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
