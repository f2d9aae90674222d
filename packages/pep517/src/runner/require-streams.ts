// Node gives a child no streams if no file descriptors are left for them, and reports the reason later, as an event.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Throws the system's error if `child`, just spawned, has no streams. */
export async function requireStreams(child: ChildProcess): Promise<void> {
  if ((child.stdio as unknown) !== undefined) return;
  const [error] = await once(child, 'error');
  throw error;
}
