// What of filling the store can be done by any thread: nothing here holds a lock, gives a name or decides what is there.
import { type Fs, type SyncSet, syncTogether } from '@wheelwright/atomic-fs';
import type { FillWheelRequest } from './add-wheel.ts';

/** Plain data, so that it can be sent to a thread. */
export type Task = FillTask | SyncTask;

export interface FillTask extends Omit<FillWheelRequest, 'signal'> {
  readonly kind: 'fill';
  /** A staged directory, empty. */
  readonly entryDir: string;
  /** The wheel file is of no use afterwards: it goes before the next sync would bring it to the disk. */
  readonly isSpent?: boolean | undefined;
}

export interface SyncTask extends SyncSet {
  readonly kind: 'sync';
}

/** Does it in this thread. Throws what `fillWheelEntry` and the disk throw. */
export async function runTask(task: Task, fs: Fs, signal?: AbortSignal): Promise<void> {
  if (task.kind === 'sync') {
    syncTogether(task, { fs });
    return;
  }
  // Loaded late: most commands find their wheels unpacked.
  const { fillWheelEntry } = await import('./add-wheel.ts');
  const { wheelPath, filename, sha256, isHashed, isSpent = false } = task;
  await fillWheelEntry(task.entryDir, { wheelPath, filename, sha256, isHashed, signal }, fs);
  if (isSpent) fs.unlink(wheelPath);
}
