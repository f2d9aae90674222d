// What the hooks of a build used beside its tree: the notes that they and every Python that they started wrote, a JSON line
// each, in the order of their writing.
import { readFileSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** How a path was used: opened, listed, looked at, all below it reachable by a link, or read by a compiler or build tool. */
export type FileUse = 'file' | 'list' | 'stat' | 'deep' | 'read';

/** A program that was started. */
export interface StartedProgram {
  /** As it was named; absolute where it had a slash. */
  readonly name: string;
  readonly cwd: string;
  /** False: it got variables by which neither it nor what it starts notes anything. */
  readonly isWatched: boolean;
  /** Its arguments. */
  readonly words: readonly string[];
}

/** What the hooks of a build used. */
export interface Observation {
  /** Variables that were read; `*`: all of them were gone through. */
  readonly variables: readonly string[];
  /** Absolute paths; links in them are not followed. */
  readonly files: readonly (readonly [path: string, use: FileUse])[];
  readonly programs: readonly StartedProgram[];
  /** Why what a hook used cannot be observed. */
  readonly facts: readonly string[];
  /** Directories of the interpreters: library and headers, which their identity stands for; what they have installed. */
  readonly own: readonly string[];
}

/** Reads the notes of so many hooks. A note that is damaged, or a hook that has not told its end, is a fact. */
export function readNotes(notesFile: string, hooks: number): Observation {
  const variables = new Set<string>();
  const facts = new Set<string>();
  const own = new Set<string>();
  const files: [string, FileUse][] = [];
  const programs: StartedProgram[] = [];
  let ended = 0;
  for (const line of readIfPresent(notesFile).split('\n')) {
    if (line === '') continue;
    const [kind, first = '', second = '', third, words = []] = parseNote(line);
    if (kind === 'variable') variables.add(first);
    else if (kind === 'file') files.push([first, second as FileUse]);
    else if (kind === 'read') files.push([first, 'read']);
    else if (kind === 'program') programs.push({ name: first, cwd: second, isWatched: third === 'watched', words });
    else if (kind === 'own') own.add(first);
    else if (kind === 'end') ended += 1;
    else facts.add(kind === 'fact' ? first : 'a note of what was used is damaged');
  }
  if (ended < hooks) facts.add('a hook did not note all that it used');
  return { variables: [...variables], files, programs, facts: [...facts], own: [...own] };
}

type Note = readonly [kind: string, first?: string, second?: string, third?: string, words?: readonly string[]];

function parseNote(line: string): Note {
  try {
    return JSON.parse(line) as Note;
  } catch {
    return ['damaged'];
  }
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  }
}
