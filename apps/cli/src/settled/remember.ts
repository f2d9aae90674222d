// Writes the note that lets the next run of the same request be answered at once. Called by `install` and `sync` when
// they had nothing to do.
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '@wheelwright/atomic-fs';
import { type Note, noteFormat, noteName, type SettledRequest } from './answer.ts';
import {
  changedAtMs,
  environmentFiles,
  environmentOf,
  identityOf,
  isPlain,
  namedFiles,
  requestOf,
  type Surroundings,
} from './fingerprint.ts';

/** A request that had nothing to do, and what its answer depended on beside the environment. */
export interface Settled {
  /** When the command began, in ms since 1970. */
  readonly startedAt: number;
  /** Until when the index pages behind the answer may be believed, in ms since 1970. */
  readonly until: number;
  /** Absolute paths of the files that were read or looked for: requirements, constraints, locks, configuration. */
  readonly files: readonly string[];
  readonly environmentDir: string;
  readonly stdout: string;
}

/** File systems stamp a change with a clock of some milliseconds: what changed this recently may have changed again. */
const clockMs = 50;
const longestMs = 24 * 60 * 60 * 1000;
/** Different requests of one environment that are remembered. */
const requestsKept = 8;

/**
 * Remembers a request. Does nothing in any doubt: an environment without generations, one found in another way than
 * `ww.js` would, a file that changed since the command began.
 */
export async function remember(
  args: readonly string[],
  surroundings: Surroundings,
  settled: Settled,
): Promise<boolean> {
  const { environmentDir, startedAt, until, stdout } = settled;
  if (!isPlain(args) || environmentOf(args, surroundings) !== environmentDir) return false;
  // A file that the words name and that the command did not report as read would go unwatched.
  const named = namedFiles(args, surroundings.workingDir);
  if (args[0] === 'sync' && named.length === 0) return false;
  if (named.some((file) => !settled.files.includes(file))) return false;
  const own = environmentFiles(environmentDir);
  if (own === undefined) return false;
  const files = [...new Set([...own, ...settled.files, ...programFiles(environmentDir)])];
  const identities = files.map((file) => [file, identityOf(file)] as const);
  if (files.some((file) => changedAtMs(file) > startedAt - clockMs)) return false;
  const request: SettledRequest = {
    from: startedAt,
    until: Math.min(until, startedAt + longestMs),
    files: identities,
    stdout,
  };
  const notePath = path.join(environmentDir, '.wheelwright', noteName);
  const earlier = Object.entries(readNote(notePath)?.requests ?? {}).filter(([, { until }]) => until > startedAt);
  const key = requestOf(args, surroundings);
  const kept = earlier.filter(([name]) => name !== key).slice(1 - requestsKept);
  const note: Note = { format: noteFormat, requests: Object.fromEntries([...kept, [key, request]]) };
  // A user without write permission here runs the whole command each time. A note that a power cut tears counts as absent.
  try {
    await writeFileAtomic(notePath, `${JSON.stringify(note)}\n`, { mode: 0o600, durability: 'none' });
    return true;
  } catch {
    return false;
  }
}

/** The interpreter behind the environment, and the command's own files. */
function programFiles(environmentDir: string): string[] {
  const python = path.join(environmentDir, 'bin', 'python');
  const entry = realpathSync(process.argv[1] as string);
  const bundles = ['main.cjs', 'settled.cjs'].map((name) => path.join(path.dirname(entry), '..', 'dist', name));
  return [...linksOf(python), entry, ...bundles, process.execPath];
}

/** Every link on the way from `file` to the real file, and the real file. */
function linksOf(file: string): string[] {
  try {
    return lstatSync(file).isSymbolicLink() ? [file, realpathSync(file)] : [file];
  } catch {
    return [file];
  }
}

function readNote(file: string): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(file, 'utf8')) as Note;
    return note.format === noteFormat ? note : undefined;
  } catch {
    return undefined;
  }
}
