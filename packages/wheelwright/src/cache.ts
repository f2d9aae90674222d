// The store from outside: how big, whether sound, and what nobody needs taken away beside running jobs.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { tryAcquireLock } from '@wheelwright/fslock';
import type { PruneReport, StoreSize, VerifyReport } from '@wheelwright/store';
import type { Tool } from './tool.ts';

export interface PruneCacheOptions {
  /** Also what nobody has used for so long, in ms; without it only what cannot be found any more. */
  readonly unusedForMs?: number | undefined;
}

/** How much of the disk the store takes, by what it keeps. */
export async function cacheSize(tool: Tool): Promise<StoreSize> {
  return (await tool.store()).size();
}

/** Every file of every entry against its hash; damaged entries are filled again by the next who wants them. */
export async function verifyCache(tool: Tool): Promise<VerifyReport> {
  return (await tool.store()).verify();
}

/** Takes away what nobody needs; what a running job uses stays. */
export async function pruneCache(tool: Tool, options: PruneCacheOptions = {}): Promise<PruneReport> {
  const store = await tool.store();
  const report = await store.prune(options.unusedForMs === undefined ? {} : { unusedForMs: options.unusedForMs });
  return options.unusedForMs === 0
    ? withEnvironments(report, await removeBuildEnvironments(store.environmentsDir))
    : report;
}

/** Takes away everything that no running job uses. */
export async function cleanCache(tool: Tool): Promise<PruneReport> {
  const store = await tool.store();
  return withEnvironments(await store.clean(), await removeBuildEnvironments(store.environmentsDir));
}

function withEnvironments(report: PruneReport, environments: PruneReport): PruneReport {
  return { removed: [...report.removed, ...environments.removed], inUse: [...report.inUse, ...environments.inUse] };
}

/** Environments of builds whose lock nobody holds; the locks stay, since whoever waits for one has it open. */
async function removeBuildEnvironments(environmentsDir: string): Promise<PruneReport> {
  const removed: string[] = [];
  const inUse: string[] = [];
  for (const entry of readdirSync(environmentsDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const dir = path.join(environmentsDir, entry.name);
    const lock = await tryAcquireLock(`${dir}.lock`, { purpose: 'ww cache' });
    if (lock === undefined) {
      inUse.push(`environments/${entry.name}`);
      continue;
    }
    try {
      removeTree(dir);
      removed.push(`environments/${entry.name}`);
    } finally {
      lock.release();
    }
  }
  return { removed, inUse };
}
