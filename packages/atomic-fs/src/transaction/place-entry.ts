// Puts one entry of a decided transaction in place, from any state of the disk: before, between, after. It reads what is
// done from the disk alone, so any number of crashes and recoveries may happen between two steps.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { AtomicFsError } from '../atomic-fs-error.ts';
import { contentOf, hashOf, type Identity, isHashedWhole, isSameMark, type Mark, markOf } from '../identity.ts';
import type { Fs } from '../ports.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { keepAside } from './keep-aside.ts';
import { resolveBeneath } from './resolve-beneath.ts';
import type { WorkArea } from './work-area.ts';

/** What is found at one of an entry's places. */
export type Found = 'nothing' | 'staged' | 'replaced' | 'other';

/** The places of an entry, absolute. */
export interface EntryPlaces {
  readonly entry: JournalEntry;
  readonly target: string;
  /** Where the staged side lies until it is in place, and after an exchange the replaced one. */
  readonly slot: string;
  /** Where the replaced side goes without an exchange. */
  readonly old: string;
  /** Where a replaced directory goes piece by piece, when it cannot be renamed. */
  readonly pieces: string;
}

export interface Notes {
  /** Name of the transaction; unexpected entries are kept under it. */
  readonly id: string;
  /** Paths to be removed that another program changed: left unchanged. */
  readonly left: string[];
}

export function placesOf(area: Pick<WorkArea, 'rootDir' | 'newDir' | 'oldDir'>, journal: Journal): EntryPlaces[] {
  return journal.entries.map((entry, index) => {
    const name = String(entry.slot ?? index);
    return {
      entry,
      target: resolveBeneath(area.rootDir, entry.path),
      slot: path.join(area.newDir, name),
      old: path.join(area.oldDir, name),
      pieces: path.join(area.oldDir, `${name}.pieces`),
    };
  });
}

/** Recognises the two sides of an entry; in a copy of the root, where every inode is another, by their hashes. */
export function recogniser(
  area: Pick<WorkArea, 'rootDir'>,
  journal: Journal,
): (target: string, entry: JournalEntry) => Found {
  const isCopy = isCopied(area, journal);
  return (target, { staged, replaced }) => {
    const mark = markOf(target);
    if (mark === undefined) return 'nothing';
    if (!isCopy) {
      if (staged !== null && isSameMark(mark, staged)) return 'staged';
      return replaced !== null && isSameReplaced(target, mark, replaced) ? 'replaced' : 'other';
    }
    return foundInCopy(target, mark, staged, replaced);
  };
}

/** By content alone. Sides that are alike are one: where either lies, the entry is done. */
function foundInCopy(target: string, mark: Mark, staged: Identity | null, replaced: Identity | null): Found {
  const hash = hashOf(target, mark.kind);
  const looksLike = (side: Identity | null) => mark.kind === side?.kind && hash === side.hash;
  if (!looksLike(staged)) return looksLike(replaced) ? 'replaced' : 'other';
  if (!looksLike(replaced)) return 'staged';
  if (staged?.content !== undefined) return foundByContent(target, staged, replaced);
  // A journal of an earlier release. What its hashes do not cover may differ, which stops the recovery.
  return isHashedWhole(target, mark.kind) ? 'staged' : 'other';
}

function foundByContent(target: string, staged: Identity, replaced: Identity | null): Found {
  const content = contentOf(target);
  if (content === staged.content) return 'staged';
  return content === replaced?.content ? 'replaced' : 'other';
}

/** Whether the root is a copy of the one that the journal was written for. */
export function isCopied(area: Pick<WorkArea, 'rootDir'>, journal: Journal): boolean {
  return !isSameRoot(markOf(area.rootDir), journal.root);
}

// A restored copy can have the inode number of the removed root; its birth time tells them apart.
function isSameRoot(root: Mark | undefined, { inode, born = '0' }: Journal['root']): boolean {
  if (root === undefined || root.inode !== inode) return false;
  return root.born === born || root.born === '0' || born === '0';
}

/**
 * A directory gains and loses names in daily use, caches for instance; a file that was written to is another file.
 * (The birth time of a file does not help: on overlayfs the first rename copies it up from its layer.)
 */
export function isSameReplaced(target: string, mark: Mark, replaced: Identity): boolean {
  if (mark.kind === 'directory') return isSameMark(mark, replaced);
  return mark.kind === replaced.kind && mark.inode === replaced.inode && hashOf(target, mark.kind) === replaced.hash;
}

/** Puts one entry in place; does nothing where that is done already. */
export function placeEntry(
  area: WorkArea,
  places: EntryPlaces,
  recognise: (target: string, entry: JournalEntry) => Found,
  notes: Notes,
): void {
  const { entry, target, slot } = places;
  const atTarget = recognise(target, entry);
  if (entry.staged === null) {
    removeEntry(area, places, atTarget, notes);
  } else if (atTarget !== 'staged') {
    // Redo only while the staged entry is where it was staged. Otherwise the step is done and the target changed later.
    if (recognise(slot, entry) !== 'staged') return;
    if (atTarget === 'nothing') area.fs.rename(slot, target);
    else swapEntry(area, places, atTarget, notes);
  }
  // An expected entry that an exchange pushed out is discarded with the transaction; an unexpected one is kept.
  // crash before here: the next look finds the staged side in place, and the same in the slot.
  if (entry.staged !== null && recognise(slot, entry) === 'other') keepAside(area, notes.id, slot, entry.path);
}

function swapEntry(
  area: WorkArea,
  { entry, target, slot, old, pieces }: EntryPlaces,
  found: Found,
  notes: Notes,
): void {
  const { fs } = area;
  const foreign = found === 'other' && markOf(pieces) === undefined;
  if (exchanged(fs, slot, target)) return;
  // One rename replaces a file by a file, so no reader finds the path absent.
  const isPlain = entry.staged?.kind !== 'directory' && entry.replaced?.kind !== 'directory';
  if (foreign) keepAside(area, notes.id, target, entry.path);
  else if (!isPlain) moveAside(fs, target, old, pieces);
  // crash here: the target is absent, and the slot holds what goes there.
  fs.rename(slot, target);
}

function removeEntry({ fs }: WorkArea, { entry, target, old, pieces }: EntryPlaces, found: Found, notes: Notes): void {
  if (found === 'nothing') return;
  if (found === 'replaced' || markOf(pieces) !== undefined) moveAside(fs, target, old, pieces);
  else notes.left.push(entry.path);
}

/** Renames the path of a target away; a directory that cannot be renamed as a whole goes piece by piece. */
function moveAside(fs: Fs, from: string, to: string, pieces: string): void {
  try {
    fs.rename(from, to);
  } catch (error) {
    // overlayfs gives EXDEV for a directory of a lower layer: docs/discoveries/file-systems.md.
    if (!isErrno(error, 'EXDEV') || markOf(from)?.kind !== 'directory') throw error;
    moveInPieces(fs, from, pieces);
  }
}

function moveInPieces(fs: Fs, from: string, to: string): void {
  if (markOf(to) === undefined) fs.mkdir(to);
  for (const { name } of readdirSync(from, { withFileTypes: true })) {
    // crash here: `to` exists, so the rest of `from` is known to be on its way.
    moveAside(fs, path.join(from, name), path.join(to, name), path.join(to, name));
  }
  fs.rmdir(from);
}

function exchanged(fs: Fs, a: string, b: string): boolean {
  try {
    return fs.renameExchange(a, b);
  } catch (error) {
    if (isErrno(error, 'EXDEV', 'EINVAL')) return false;
    throw error;
  }
}

/** Throws where an entry can be neither found done nor be done: before anything moves. */
export function checkStaged(
  places: readonly EntryPlaces[],
  recognise: (target: string, entry: JournalEntry) => Found,
): void {
  for (const { entry, target, slot } of places) {
    if (entry.staged === null || recognise(target, entry) === 'staged') continue;
    const found = recognise(slot, entry);
    // Nothing to put in place: the step is done and the target changed later, unless the old side is still there.
    if (found === 'replaced' || (found === 'nothing' && recognise(target, entry) !== 'replaced')) continue;
    if (found === 'staged' && hashOf(slot, entry.staged.kind) === entry.staged.hash) continue;
    throw new AtomicFsError(
      'ATOMIC_FS_STAGED_LOST',
      `What was to go to ${target} is gone from ${slot}, or was changed there.`,
      {
        hint: 'Restore it, or give the change up with setJournalAside and verify the tree.',
        data: { path: target, staged: slot },
      },
    );
  }
}
