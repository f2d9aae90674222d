// Caches the metadata of an sdist by its hash: static metadata for every interpreter, a backend's metadata for one
// interpreter and the settings that the backend was given.

import type { Interpreter } from '@wheelwright/python';
import type { Store } from '@wheelwright/store';
import { parseFact } from '../tool/parse-fact.ts';
import type { ConfigSettings } from './ports.ts';

/** What a backend's metadata depends on beside the sdist. */
export interface MetadataOrigin {
  readonly interpreter: Interpreter;
  readonly configSettings?: ConfigSettings | undefined;
}

/** The cached text of METADATA; undefined if there is none for this interpreter and these settings. */
export function readKeptMetadata(store: Store, sha256: string, origin: MetadataOrigin): string | undefined {
  for (const key of [keyOf(sha256, undefined), keyOf(sha256, origin)]) {
    const { text } = parseFact(store.facts.read(key));
    if (typeof text === 'string') return text;
  }
  return undefined;
}

/** Caches the text of METADATA, for one origin or, if none is given, for all. */
export function keepMetadata(store: Store, sha256: string, text: string, origin: MetadataOrigin | undefined): void {
  store.facts.write(keyOf(sha256, origin), JSON.stringify({ text }));
}

function keyOf(sha256: string, origin: MetadataOrigin | undefined): string {
  if (origin === undefined) return `sdist-metadata ${sha256} any`;
  const { interpreter, configSettings = {} } = origin;
  const settings = Object.keys(configSettings).length === 0 ? '' : ` ${JSON.stringify(configSettings)}`;
  return `sdist-metadata ${sha256} ${interpreter.executable} ${interpreter.versionText}${settings}`;
}
