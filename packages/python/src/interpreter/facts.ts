// Facts about a file, kept for as long as the file is the same. The key names the path and the text repeats it, so that
// a newer fact takes the place of the older one and a clash of keys costs a look, never a wrong answer.
import { statSync } from 'node:fs';
import type { FactsCache } from '../ports.ts';

export interface FactSubject {
  readonly kind: string;
  readonly path: string;
  /** What the fact depends on; it is not recalled when any of it has changed. */
  readonly state: readonly (string | number | null)[];
}

/** The file at `path` as it is now: what is known of it holds for as long as its time and size stay the same. */
export function fileSubject(kind: string, path: string): FactSubject {
  return { kind, path, state: fileState(path) };
}

/** The time and size of a file; nulls where there is none. */
export function fileState(path: string): readonly (number | null)[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return [stat?.mtimeMs ?? null, stat?.size ?? null];
}

// Raised whenever the facts of some kind change their meaning.
const factsFormat = 1;

/** What was kept about `subject`; undefined where nothing was, or where the file has changed since. */
export function recallFact(cache: FactsCache, subject: FactSubject): unknown {
  const text = cache.read(keyOf(subject));
  if (text === undefined) return undefined;
  try {
    const { about, fact } = JSON.parse(text) as { about: unknown; fact: unknown };
    return JSON.stringify(about) === aboutText(subject) ? fact : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps `fact` about `subject`. */
export function keepFact(cache: FactsCache, subject: FactSubject, fact: unknown): void {
  cache.write(keyOf(subject), `{"about":${aboutText(subject)},"fact":${JSON.stringify(fact)}}\n`);
}

function aboutText({ kind, path, state }: FactSubject): string {
  return JSON.stringify([factsFormat, kind, path, ...state]);
}

/** FNV-1a twice with different seeds: loading a cryptographic hash would cost more than everything else here. */
function keyOf({ kind, path }: FactSubject): string {
  const text = `${kind}\0${path}`;
  const hash = (seed: number) => {
    let value = seed;
    for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
    return (value >>> 0).toString(16).padStart(8, '0');
  };
  return `python-${kind}-${hash(0x811c9dc5)}${hash(0x1b873593)}`;
}
