// Caches the metadata of an sdist by its hash: static metadata for every interpreter, a backend's metadata for one.
import type { Interpreter } from '@wheelwright/python';
import type { Store } from '@wheelwright/store';
import { parseFact } from '../tool/parse-fact.ts';

/** The cached text of METADATA; undefined if there is none for this interpreter. */
export function readKeptMetadata(store: Store, sha256: string, interpreter: Interpreter): string | undefined {
  for (const key of [keyOf(sha256, undefined), keyOf(sha256, interpreter)]) {
    const { text } = parseFact(store.facts.read(key));
    if (typeof text === 'string') return text;
  }
  return undefined;
}

/** Caches the text of METADATA, for one interpreter or, if none is given, for all. */
export function keepMetadata(store: Store, sha256: string, text: string, interpreter: Interpreter | undefined): void {
  store.facts.write(keyOf(sha256, interpreter), JSON.stringify({ text }));
}

function keyOf(sha256: string, interpreter: Interpreter | undefined): string {
  const whose = interpreter === undefined ? 'any' : `${interpreter.executable} ${interpreter.versionText}`;
  return `sdist-metadata ${sha256} ${whose}`;
}
