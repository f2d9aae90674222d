// Reads the inputs that the hooks of a build, and every Python that they started, recorded: one JSON line each, in the order
// of writing.
import { readFileSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/**
 * How a path was used: opened, listed, examined by `stat`, reachable through a link, searched for headers, or read by a
 * compiler or build tool.
 */
export type FileUse = 'file' | 'list' | 'stat' | 'deep' | 'names' | 'read';

/** A program that was started. */
export interface StartedProgram {
  /** The name as given; absolute if it contained a slash. */
  readonly name: string;
  readonly cwd: string;
  /** False if it got variables with which neither it nor its children record their inputs. */
  readonly isWatched: boolean;
  /** Its arguments. */
  readonly words: readonly string[];
}

/** The recorded inputs of the hooks of a build. */
export interface Observation {
  /** Variables that were read; `*` if all of them were listed. */
  readonly variables: readonly string[];
  /** Absolute paths, with links in them not resolved. */
  readonly files: readonly (readonly [path: string, use: FileUse])[];
  readonly programs: readonly StartedProgram[];
  /** Programs that were looked for by name. */
  readonly lookedUp: readonly string[];
  /** Whether a library looked for files below the home directory. */
  readonly usesHome: boolean;
  /** Reasons why the inputs of a hook cannot be observed. */
  readonly facts: readonly string[];
  /** Directories of the interpreters: library and headers, which their identity covers, and installed packages. */
  readonly own: readonly string[];
}

/** Reads the records of `hooks` hooks. A damaged record, or a hook without its end record, is a fact. */
export function readNotes(notesFile: string, hooks: number): Observation {
  const variables = new Set<string>();
  const facts = new Set<string>();
  const own = new Set<string>();
  const files: [string, FileUse][] = [];
  const programs: StartedProgram[] = [];
  const lookedUp = new Set<string>();
  let ended = 0;
  let usesHome = false;
  for (const line of readIfPresent(notesFile).split('\n')) {
    if (line === '') continue;
    const [kind, first = '', second = '', third, words = []] = parseNote(line);
    if (kind === 'variable') variables.add(first);
    else if (kind === 'file') files.push([first, second as FileUse]);
    else if (kind === 'read') files.push([first, 'read']);
    else if (kind === 'program') programs.push({ name: first, cwd: second, isWatched: third === 'watched', words });
    else if (kind === 'own') own.add(first);
    else if (kind === 'which') lookedUp.add(first);
    else if (kind === 'home') usesHome = true;
    else if (kind === 'end') ended += 1;
    else facts.add(kind === 'fact' ? first : 'a record of the inputs is damaged');
  }
  if (ended < hooks) facts.add('a hook did not record all its inputs');
  const sets = { variables: [...variables], lookedUp: [...lookedUp], facts: [...facts], own: [...own] };
  return { ...sets, files, programs, usesHome };
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
