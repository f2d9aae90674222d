// What a journal that is refused would have done, and how far it came: for people who decide to give it up. Nothing is
// acted upon, so that it may be read although it is damaged, of a newer version or another user's; what cannot be made
// out of it is left out.
import { readFileSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';
import type { Journal } from './journal.ts';
import { parseLeniently } from './journal.ts';
import { type EntryPlaces, placesOf, recogniser } from './place-entry.ts';
import { pathsOf } from './work-area.ts';

/** One path of a change that was decided and not finished. */
export interface UnfinishedPath {
  /** Relative to the root. */
  readonly path: string;
  /** `'before'` or `'after'` the change; `'gone'`: no entry; `'other'`: an entry of another program. */
  readonly state: 'before' | 'after' | 'gone' | 'other';
  /** Where the other side of it lies, below the work directory. */
  readonly kept: readonly string[];
}

/** The paths of the journal in the work area of `rootDir`; undefined where nothing can be made out. */
export function describeJournal(
  rootDir: string,
  { workDir = '.atomic-fs' }: { readonly workDir?: string | undefined } = {},
): readonly UnfinishedPath[] | undefined {
  const area = pathsOf(rootDir, workDir);
  const journal = readJournalLeniently(area.journalPath);
  if (journal === undefined) return undefined;
  try {
    const recognise = recogniser(area, journal);
    return placesOf(area, journal).map((places) => describe(places, recognise, area.workDir));
  } catch {
    return undefined; // Paths that lead out of the root, or invalid marks: it has no usable content.
  }
}

function describe(
  { entry, target, slot, old, pieces }: EntryPlaces,
  recognise: ReturnType<typeof recogniser>,
  workDir: string,
): UnfinishedPath {
  const found = recognise(target, entry);
  const isDone = found === 'nothing' && entry.staged === null;
  const isUntouched = found === 'nothing' && entry.replaced === null;
  const state =
    found === 'staged' || isDone
      ? 'after'
      : found === 'replaced' || isUntouched
        ? 'before'
        : found === 'nothing'
          ? 'gone'
          : 'other';
  const kept = [slot, old, pieces].filter((at) => recognise(at, entry) !== 'nothing');
  return { path: entry.path, state, kept: kept.map((at) => at.slice(workDir.length + 1)) };
}

function readJournalLeniently(file: string): Journal | undefined {
  try {
    return parseLeniently(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
