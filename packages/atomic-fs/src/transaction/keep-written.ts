// Keeps what another program wrote into a replaced directory between the decision and the replacement. It is moved aside
// while the journal still exists, so no crash and no number of recoveries loses it.
import path from 'node:path';
import { markOf } from '../identity.ts';
import { differencesIn, heldIn } from './directory-snapshot.ts';
import { type Journal, type JournalEntry, journalId } from './journal.ts';
import { keepAside } from './keep-aside.ts';
import { type EntryPlaces, type Found, isCopied } from './place-entry.ts';
import type { WorkArea } from './work-area.ts';

/** Keeps it, once everything is in place; gives what was taken out of those directories instead. */
export function keepWritten(
  area: WorkArea,
  journal: Journal,
  places: readonly EntryPlaces[],
  recognise: (target: string, entry: JournalEntry) => Found,
): string[] {
  // In a copy a directory that holds anything else than it held was not recognised, and is kept as a whole.
  if (isCopied(area, journal)) return [];
  const id = journalId(journal);
  const takenOut: string[] = [];
  for (const one of places) {
    const { path: name, held } = one.entry;
    const dir = replacedDir(one, recognise);
    if (dir === undefined || held === undefined) continue;
    const difference = differencesIn(held, heldIn(dir, name, area.isCache));
    for (const file of difference.written) keepAside(area, id, path.join(dir, file), `${name}/${file}`);
    takenOut.push(...difference.takenOut.map((file) => `${name}/${file}`));
  }
  // Another recovery was faster and is tidying up. Ignore what is missing.
  return markOf(area.journalPath) === undefined ? [] : takenOut;
}

function replacedDir(
  { entry, old, slot, pieces }: EntryPlaces,
  recognise: (target: string, entry: JournalEntry) => Found,
): string | undefined {
  if (entry.replaced?.kind !== 'directory') return undefined;
  const whole = [old, slot].find((dir) => recognise(dir, entry) === 'replaced');
  return whole ?? (markOf(pieces)?.kind === 'directory' ? pieces : undefined);
}
