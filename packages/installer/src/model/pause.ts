// A moment in which signals arrive, between two pieces of synchronous work.
import { setImmediate } from 'node:timers/promises';
import { InstallError } from './install-error.ts';

/** Throws INSTALL_ABORTED where `signal` says so; only before a commit. */
export async function pauseUnlessAborted(environmentDir: string, signal: AbortSignal | undefined): Promise<void> {
  // Everything else here is synchronous: without this turn of the loop no signal would ever arrive.
  await setImmediate();
  if (!signal?.aborted) return;
  throw new InstallError('INSTALL_ABORTED', `The change of ${environmentDir} was interrupted.`, {
    hint: 'Nothing was changed.',
    cause: signal.reason,
    data: { environmentDir, committed: false },
  });
}
