// Wheels of the store that somebody wrote into through a file which an environment shares with it: told by sizes and
// times, where there is a reason to look. What is given up is filled anew by the next who wants it.
import { isCodedError } from '@wheelwright/errors';
import type { Store, StoredWheel } from '@wheelwright/store';

/** Gives up those of `wheels` that were written into; true: there was one. */
export function giveUpDamaged(store: Store, wheels: Iterable<StoredWheel | undefined>): boolean {
  let found = false;
  for (const wheel of wheels) {
    if (wheel === undefined || store.checkWheel(wheel).length === 0) continue;
    store.reportDamage(wheel);
    found = true;
  }
  return found;
}

/** Runs a change with a check, which may have written into anything that it saw. */
export async function watchingStore<T>(
  store: Store,
  hashes: () => Iterable<string | undefined>,
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (isCodedError(error, 'INSTALL_CHECK_FAILED')) {
      giveUpDamaged(
        store,
        [...hashes()].map((sha256) => (sha256 === undefined ? undefined : store.findWheel(sha256))),
      );
    }
    throw error;
  }
}
