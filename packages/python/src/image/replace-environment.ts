// `--clear`: one environment takes the place of another in one step. The old one's lock is held meanwhile, so that no
// writer is in it; readers that have started keep their files until the old one is removed.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs, publishDirectory, syncDirectory, syncTree } from '@wheelwright/atomic-fs';
import { type Lock, withLock } from '@wheelwright/fslock';
import { environmentPaths } from '../environment/environment-paths.ts';
import { lookAt, requireReplaceable } from './existing-environment.ts';

export interface ReplaceEnvironmentOptions {
  readonly fs?: Fs | undefined;
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly command?: string | undefined;
}

/**
 * Puts `stagedDir` at `place`. Afterwards the old directory is in the parent of `stagedDir`, which is temporary.
 * `'exists'`: another process made one at the moment when there was none.
 */
export async function replaceEnvironment(
  stagedDir: string,
  place: string,
  options: ReplaceEnvironmentOptions,
): Promise<'published' | 'exists'> {
  const { fs = nodeFs, lockTimeoutMs, signal, command: purpose = 'replace environment' } = options;
  if (lookAt(place) === 'nothing') return publishDirectory(stagedDir, place, { fs });
  return withLock(environmentPaths(place).lock, { timeoutMs: lockTimeoutMs, signal, purpose }, async (_lock: Lock) => {
    // It may have been replaced during the wait, by another environment or by another directory.
    requireReplaceable(place, lookAt(place));
    syncTree(stagedDir, { fs });
    const parentDir = path.dirname(place);
    const oldDir = path.join(path.dirname(stagedDir), 'old');
    // Either the exchange: the old one before, the new one after.
    if (fs.renameExchange(stagedDir, place)) {
      syncDirectory(parentDir, { fs });
      return 'published';
    }
    // Or, where the file system has none, two renames.   crash between: nothing is there, and nothing is half there.
    fs.rename(place, oldDir);
    const published = publishBack(stagedDir, place, oldDir, fs);
    syncDirectory(parentDir, { fs });
    return published;
  });
}

/** The second of the two renames; when it fails, the old one goes back. */
function publishBack(stagedDir: string, place: string, oldDir: string, fs: Fs): 'published' | 'exists' {
  try {
    return publishDirectory(stagedDir, place, { fs, durability: 'none' });
  } catch (error) {
    try {
      if (!existsSync(place)) fs.rename(oldDir, place);
    } catch {
      // The first error is the one to know; the old environment is in the temporary directory.
    }
    throw error;
  }
}
