// Answers `install` and `sync` before the bundle is loaded, when the same request had nothing to do and nothing that it
// depends on has changed since. `bin/ww.js` asks this; every doubt sends it the long way.
import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { environmentOf, identityOf, isPlain, requestOf, type Surroundings } from './fingerprint.ts';

export { readSurroundings } from './fingerprint.ts';

/** Name of the note in `.wheelwright` of an environment. */
export const noteName = 'settled.json';

/** The format that this version writes and the only one that it believes. */
export const noteFormat = 1;

/** What a command with nothing to do leaves for the next: a few of them, one for each request. */
export interface Note {
  readonly format: number;
  readonly requests: Readonly<Record<string, SettledRequest>>;
}

/** One request that had nothing to do. */
export interface SettledRequest {
  /** From when and until when it holds, in ms since 1970: as long as the index pages behind it may be believed. */
  readonly from: number;
  readonly until: number;
  /** Every file that the answer depends on, with its identity then. */
  readonly files: readonly (readonly [file: string, identity: string])[];
  /** What the long way printed on stdout; on stderr it reported only how long its steps took. */
  readonly stdout: string;
}

/** The commands that can have nothing to do, by every name that they have. */
const commands = new Set(['install', 'i', 'add', 'sync']);

/** Whether the request was answered; the text is then printed and the exit code is 0. */
export function answer(args: readonly string[], surroundings: Surroundings, now = Date.now()): boolean {
  if (!commands.has(args[0] ?? '') || !isPlain(args)) return false;
  const settled = recall(args, surroundings, now);
  if (settled === undefined) return false;
  try {
    if (settled.stdout !== '') writeSync(1, settled.stdout);
  } catch {
    return false; // the long way knows what a closed or full output means
  }
  return true;
}

/** The settled request that these words name, if everything that it depends on is as it was. */
export function recall(args: readonly string[], surroundings: Surroundings, now: number): SettledRequest | undefined {
  try {
    const dir = environmentOf(args, surroundings);
    if (dir === undefined) return undefined;
    const note = JSON.parse(readFileSync(path.join(dir, '.wheelwright', noteName), 'utf8')) as Note;
    const settled = note.format === noteFormat ? note.requests[requestOf(args, surroundings)] : undefined;
    if (settled === undefined || now < settled.from || now >= settled.until) return undefined;
    return settled.files.every(([file, identity]) => identityOf(file) === identity) ? settled : undefined;
  } catch {
    return undefined; // no note, or a damaged one
  }
}
