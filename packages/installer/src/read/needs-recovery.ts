// Whether a dead process left work in an environment. For readers: takes no lock, changes nothing.
import path from 'node:path';
import { needsRecovery as hasUnfinishedTransaction } from '@wheelwright/atomic-fs';
import { rootName } from '@wheelwright/python';
import { readGenerations } from './generations.ts';
import { workDir } from './prefix.ts';
import { isEmptyDirectory } from './work-root.ts';

/**
 * Whether `recoverEnvironment` would do anything in the environment at `environmentDir`. While another process changes
 * the environment the answer is true too.
 */
export function needsRecovery(environmentDir: string): boolean {
  if (prefixNeedsRecovery(environmentDir)) return true;
  return readGenerations(environmentDir).some(({ committedMs }) => committedMs === undefined);
}

/** Whether a transaction over the prefix is unfinished. */
export function prefixNeedsRecovery(environmentDir: string): boolean {
  if (hasUnfinishedTransaction(environmentDir, { workDir })) return true;
  // A writer that dies before its first file, or after its last one, leaves an empty directory.
  return [rootName, workDir].some((name) => isEmptyDirectory(path.join(environmentDir, name)));
}
