// A moment in which signals arrive, between two pieces of synchronous work.
import { setImmediate } from 'node:timers/promises';
import { InstallError } from './install-error.ts';

/** Throws INSTALL_ABORTED if `signal` was aborted. Not called after a commit. */
export async function pauseUnlessAborted(environmentDir: string, signal: AbortSignal | undefined): Promise<void> {
  // The rest of a change is synchronous: signals arrive only in this turn of the event loop.
  await setImmediate();
  if (!signal?.aborted) return;
  throw new InstallError('INSTALL_ABORTED', `The change of ${environmentDir} was interrupted.`, {
    hint: 'Nothing was changed.',
    cause: signal.reason,
    data: { environmentDir, committed: false },
  });
}
