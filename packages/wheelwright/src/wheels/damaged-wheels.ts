// Finds wheels of the store that were edited through a file which an environment shares with the store. It compares sizes
// and times. A damaged entry is taken out of use, and the next command that needs the wheel unpacks it again.
import { isCodedError } from '@wheelwright/errors';
import type { Store, StoredWheel } from '@wheelwright/store';

/** Takes edited wheels out of use. Returns whether there was one. */
export function giveUpDamaged(store: Store, wheels: Iterable<StoredWheel | undefined>): boolean {
  let found = false;
  for (const wheel of wheels) {
    if (wheel === undefined || store.checkWheel(wheel).length === 0) continue;
    store.reportDamage(wheel);
    found = true;
  }
  return found;
}

/** Runs a change with a check, and then examines its wheels, since a check may have written into any file. */
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
