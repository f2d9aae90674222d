// Completes a decided transaction: its owner does so right after the decision, and so does every recovery.
import path from 'node:path';
import { ignoreFailure, isErrno } from '@wheelwright/errors';
import { syncDirectory, syncTree } from '../sync.ts';
import type { CommitResult } from './commit-result.ts';
import { type Journal, journalId } from './journal.ts';
import { dropJournal, unfinished } from './journal-file.ts';
import { type Kept, keptAside } from './keep-aside.ts';
import { keepWritten } from './keep-written.ts';
import { checkStaged, type Notes, placeEntry, placesOf, recogniser } from './place-entry.ts';
import { clearWorkArea, type WorkArea } from './work-area.ts';

/** A passing failure, of descriptors or of another one's clean-up, is worth another look at the disk. */
const attempts = 3;

/**
 * Steps 6 to 9. Throws `ATOMIC_FS_UNFINISHED` where the disk will not let it, with the journal in place for the next
 * recovery; whatever comes after the journal was dropped is tidying, and fails in silence.
 */
export function rollForward(area: WorkArea, journal: Journal): CommitResult {
  const notes: Notes = { id: journalId(journal), left: [] };
  let displaced: readonly Kept[] = [];
  let takenOut: readonly string[] = [];
  retrying(area, () => {
    const places = placesOf(area, journal);
    const recognise = recogniser(area, journal);
    // 6. Every entry is put in place, in its order; then what was replaced is compared with what it held.
    //                                                  crash here: the next recovery looks where each one lies.
    for (const one of places) placeEntry(area, one, recognise, notes);
    takenOut = keepWritten(area, journal, places, recognise);
    displaced = keptAside(area, notes.id);
    // 7. The directories of all targets are synced.    crash here: the next recovery finds all done and syncs again.
    if (area.durability === 'full') syncTargets(area, places);
    if (area.durability === 'full' && displaced.length > 0) syncTree(area.displacedDir, { fs: area.fs });
  });
  // 8. The journal is dropped: the end.                crash here: the same before, litter after.
  retrying(area, () => dropJournal(area));
  // 9. What was replaced is removed.                   crash here: litter, removed by the next recovery.
  ignoreFailure(() => clearWorkArea(area));
  const kept = new Set(displaced.map((one) => one.path));
  return { displaced, left: notes.left, takenOut: takenOut.filter((file) => !kept.has(file)) };
}

/** Before anything moves in a recovery: throws where what was staged is not what was decided upon. */
export function checkBeforeRedo(area: WorkArea, journal: Journal): void {
  checkStaged(placesOf(area, journal), recogniser(area, journal));
}

function syncTargets({ fs, newDir, oldDir }: WorkArea, places: ReturnType<typeof placesOf>): void {
  const dirs = new Set([...places.map(({ target }) => path.dirname(target)), newDir, oldDir]);
  for (const dir of dirs) {
    try {
      syncDirectory(dir, { fs });
    } catch (error) {
      // Of two recoveries the other one was faster, and has tidied up.
      if (!isErrno(error, 'ENOENT') || (dir !== newDir && dir !== oldDir)) throw error;
    }
  }
}

function retrying({ rootDir }: WorkArea, step: () => void): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      step();
      return;
    } catch (error) {
      if (attempt === attempts) throw unfinished(rootDir, error);
    }
  }
}
