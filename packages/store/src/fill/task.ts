// The part of filling the store that any thread can do: nothing here holds a lock, gives a name or decides what is there.
import type { Fs } from '@wheelwright/atomic-fs';
import type { FillWheelRequest } from './add-wheel.ts';
import { releaseMemory } from './release-memory.ts';

/** A wheel to be unpacked. Plain data, so that it can be sent to a thread. */
export interface FillTask extends Omit<FillWheelRequest, 'signal'> {
  /** A staged directory, empty. */
  readonly entryDir: string;
  /** The wheel is given up once it is unpacked: a file is removed before a sync would bring it to the disk, bytes are freed. */
  readonly isSpent?: boolean | undefined;
}

/** Does it in this thread. Throws what `fillWheelEntry` and the disk throw. */
export async function runTask(task: FillTask, fs: Fs, signal?: AbortSignal): Promise<void> {
  // Loaded late: most commands find their wheels unpacked.
  const { fillWheelEntry } = await import('./add-wheel.ts');
  const { entryDir, isSpent = false, ...request } = task;
  await fillWheelEntry(entryDir, { ...request, signal }, fs);
  if (!isSpent) return;
  if (typeof request.wheel === 'string') fs.unlink(request.wheel);
  else releaseMemory(request.wheel);
}
