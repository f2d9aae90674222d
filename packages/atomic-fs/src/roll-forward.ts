// A decided transaction carried to its end: by its owner right after the decision, and by every recovery.
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { markOf } from './identity.ts';
import type { Journal } from './journal.ts';
import { dropJournal, unfinished } from './journal-file.ts';
import { checkStaged, type EntryPlaces, type Notes, placeEntry, placesOf, recogniser } from './place-entry.ts';
import { quietly } from './quietly.ts';
import { syncDirectory } from './sync.ts';
import { clearWorkArea, type WorkArea } from './work-area.ts';

/** A passing failure, of descriptors or of another one's clean-up, is worth another look at the disk. */
const attempts = 3;

/**
 * Steps 6 to 9. Throws `ATOMIC_FS_UNFINISHED` where the disk will not let it, with the journal in place for the next
 * recovery; whatever comes after the journal was dropped is tidying, and fails in silence.
 */
export function rollForward(
  area: WorkArea,
  journal: Journal,
  onReplaced?: (locate: (path: string) => string | undefined) => void,
): Notes {
  const notes: Notes = { displaced: [], left: [] };
  retrying(area, () => {
    const places = placesOf(area, journal);
    const recognise = recogniser(area, journal);
    // 6. Every entry is put in place, in its order.    crash here: the next recovery looks where each one lies.
    for (const one of places) placeEntry(area, one, recognise, notes);
    // 7. The directories of all targets are synced.    crash here: the next recovery finds all done and syncs again.
    if (area.durability === 'full') syncTargets(area, places);
  });
  // 8. The journal is dropped: the end.                crash here: the same before, litter after.
  retrying(area, () => dropJournal(area));
  const places = new Map(placesOf(area, journal).map((one) => [one.entry.path, one]));
  quietly(() => onReplaced?.((target) => replacedAt(places.get(target))));
  // 9. What was replaced is removed.                   crash here: litter, removed by the next recovery.
  quietly(() => clearWorkArea(area));
  return notes;
}

function replacedAt(places: EntryPlaces | undefined): string | undefined {
  return places && [places.old, places.slot].find((dir) => markOf(dir)?.kind === 'directory');
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
