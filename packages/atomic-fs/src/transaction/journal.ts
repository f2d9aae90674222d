// The journal of a transaction as text: what is to lie where, and how to know both sides again. Pure; the version and
// the checksum stand in the first line, so that a reader of any age can say why it will not act.
import { createHash } from 'node:crypto';
import type { Identity } from '../identity.ts';
import { type Held, isHeld } from './directory-snapshot.ts';
import { findOverlap, isSafeRelative } from './resolve-beneath.ts';

/** One path that changes. Never both null. */
export interface JournalEntry {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** The name in `new/` and `old/`, where it is not the position in the journal (version 2). */
  readonly slot?: number | undefined;
  /** The new entry; null when the path is removed. Until its turn it is at the transaction's `new/<slot>`. */
  readonly staged: Identity | null;
  /** The entry before the change; null when there is none. */
  readonly replaced: Identity | null;
  /** What a directory that is replaced held. Optional: journals of earlier releases have none, and those pass it over. */
  readonly held?: Held | undefined;
}

export interface Journal {
  /** The root when the journal was written; another one means that all of it is a copy. */
  readonly root: { readonly device: string; readonly inode: string; readonly born?: string | undefined };
  readonly entries: readonly JournalEntry[];
}

/** What can be wrong with a journal's text. */
export type JournalFault = { readonly fault: 'newer'; readonly version: number } | { readonly fault: 'damaged' };

/**
 * The newest version of the format that is read. A journal has the lowest version whose readers do the right thing with
 * it: 1, or 2 where an entry names its slot.
 */
export const journalVersion = 2;
const magic = 'atomic-fs-journal';

export function formatJournal({ root, entries }: Journal): string {
  const body = `${JSON.stringify({ root, entries })}\n`;
  const version = entries.some(({ slot }) => slot !== undefined) ? 2 : 1;
  return `${magic} ${version} ${sha256(body)}\n${body}`;
}

/** The name of one transaction among all. */
export function journalId(journal: Journal): string {
  return sha256(formatJournal(journal)).slice(0, 16);
}

/** The journal, or what is wrong with it; nothing in between: a journal that is half right is damaged. */
export function parseJournal(text: string): Journal | JournalFault {
  const [first = '', ...rest] = text.split('\n');
  const [word, version, checksum] = first.split(' ');
  if (word !== magic || version === undefined || !/^[1-9]\d{0,8}$/.test(version)) return { fault: 'damaged' };
  if (Number(version) > journalVersion) return { fault: 'newer', version: Number(version) };
  const body = rest.join('\n');
  if (checksum !== sha256(body)) return { fault: 'damaged' };
  try {
    const journal = JSON.parse(body) as Journal;
    return isJournal(journal) ? journal : { fault: 'damaged' };
  } catch {
    return { fault: 'damaged' };
  }
}

/** The journal as far as it can be read, whatever its version and checksum; never to be acted upon. */
export function parseLeniently(text: string): Journal | undefined {
  try {
    const journal = JSON.parse(text.slice(text.indexOf('\n') + 1)) as Journal;
    return isJournal(journal) ? journal : undefined;
  } catch {
    return undefined;
  }
}

function isJournal(value: Journal): boolean {
  const { root, entries } = value;
  if (typeof root?.device !== 'string' || typeof root.inode !== 'string' || !Array.isArray(entries)) return false;
  return entries.every(isEntry) && findOverlap(entries.map(({ path }) => path)) === undefined;
}

function isEntry({ path, slot, staged, replaced, held }: JournalEntry): boolean {
  if (slot !== undefined && !(Number.isSafeInteger(slot) && slot >= 0)) return false;
  if (typeof path !== 'string' || !isSafeRelative(path) || !(held === undefined || isHeld(held))) return false;
  return isIdentity(staged) && isIdentity(replaced) && (staged !== null || replaced !== null);
}

function isIdentity(identity: Identity | null): boolean {
  if (identity === null) return true;
  if (identity === undefined || !['file', 'directory', 'link', 'other'].includes(identity.kind)) return false;
  const { device, inode, born, hash, content = hash } = identity;
  const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text);
  return [device, inode, born].every((number) => /^-?\d+$/.test(number)) && isHash(hash) && isHash(content);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
