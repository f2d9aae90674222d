// Restores lost files of a venv without generations, in one journaled transaction. Protocol: docs/protocols/foreign.md.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { lookAtEntry, openTransaction } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import type { ImageEntry, ImageFault, Makeup } from '@wheelwright/python';
import { workDir } from '../read/prefix.ts';
import { makeRoot, removeRoot } from '../read/work-root.ts';
import { layEntries, layEntry } from './lay-entries.ts';
import type { RestoreContext } from './restore-context.ts';
import { restoredEntry } from './restored-entry.ts';

/** Restores what can be restored. The lock is held, and what a dead process left is recovered. */
export function restoreInPlace(
  makeup: Makeup,
  faults: readonly ImageFault[],
  lock: Lock,
  context: RestoreContext,
): void {
  const { fs, durability, signal } = context;
  const prefixDir = realpathSync(makeup.dir);
  const entries = faults.flatMap((fault) => restoredEntry(fault, makeup, context) ?? []);
  if (entries.length === 0) return;
  makeRoot(prefixDir, fs);
  const transaction = openTransaction(prefixDir, { lock, workDir, durability, fs });
  try {
    for (const [top, group] of byPlace(prefixDir, entries)) {
      const slot = transaction.stage(top);
      if (group.length === 1 && group[0]!.path === top) {
        layEntry(slot, group[0]!, fs);
        continue;
      }
      fs.mkdir(slot);
      const below = group.filter((entry) => entry.path !== top);
      layEntries(
        slot,
        below.map((entry) => ({ ...entry, path: entry.path.slice(top.length + 1) })),
        new Set(),
        fs,
      );
    }
    transaction.commit({ signal });
  } catch (error) {
    ignoreFailure(() => transaction.rollBack());
    throw error;
  } finally {
    ignoreFailure(() => removeRoot(prefixDir, fs));
  }
}

/** Entries by the path that the transaction changes: their own, or a missing directory above them. */
function byPlace(prefixDir: string, entries: readonly ImageEntry[]): Map<string, ImageEntry[]> {
  const groups = new Map<string, ImageEntry[]>();
  for (const entry of entries) {
    const parts = entry.path.split('/');
    const missing = parts.findIndex((_, index) => index < parts.length - 1 && !isDirectory(prefixDir, parts, index));
    const place = missing < 0 ? entry.path : parts.slice(0, missing + 1).join('/');
    groups.set(place, [...(groups.get(place) ?? []), entry]);
  }
  return groups;
}

function isDirectory(prefixDir: string, parts: readonly string[], index: number): boolean {
  const at = path.join(prefixDir, ...parts.slice(0, index + 1));
  return lookAtEntry(at)?.isDirectory() === true;
}
