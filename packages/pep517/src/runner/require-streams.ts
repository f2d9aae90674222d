// Node gives a child no streams when there are no descriptors left for them; why comes later, as an event.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Throws what the system said where `child`, just spawned, has no streams to talk to. */
export async function requireStreams(child: ChildProcess): Promise<void> {
  if ((child.stdio as unknown) !== undefined) return;
  const [error] = await once(child, 'error');
  throw error;
}
