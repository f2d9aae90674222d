// The metadata of an sdist, kept by the sdist's hash: what it states for every interpreter, or what a backend said for one.
import type { Interpreter } from '@wheelwright/python';
import type { Store } from '@wheelwright/store';
import { parseFact } from '../tool/parse-fact.ts';

/** The text of METADATA that was kept; undefined where there is none for this interpreter. */
export function readKeptMetadata(store: Store, sha256: string, interpreter: Interpreter): string | undefined {
  for (const key of [keyOf(sha256, undefined), keyOf(sha256, interpreter)]) {
    const { text } = parseFact(store.facts.read(key));
    if (typeof text === 'string') return text;
  }
  return undefined;
}

/** Keeps it; without an interpreter for all of them. */
export function keepMetadata(store: Store, sha256: string, text: string, interpreter: Interpreter | undefined): void {
  store.facts.write(keyOf(sha256, interpreter), JSON.stringify({ text }));
}

function keyOf(sha256: string, interpreter: Interpreter | undefined): string {
  const whose = interpreter === undefined ? 'any' : `${interpreter.executable} ${interpreter.versionText}`;
  return `sdist-metadata ${sha256} ${whose}`;
}
