// Explains why a build is not in the cache: compares the parts of its key with those of the last build of the same source,
// kind and Python.
import type { TreeIndex } from '../tree/hash-tree.ts';
import { canonical, type KeyParts } from './build-key.ts';

/** The key parts of the last build, as a text of the cache holds them. */
export interface LastBuild {
  readonly parts: KeyParts;
  /** The content of each file of the tree; empty for an sdist. */
  readonly files: Readonly<Record<string, string>>;
}

const mostNamed = 10;

/** Formats a build as such a text. */
export function lastBuildNote(parts: KeyParts, index: TreeIndex = {}): string {
  const files = Object.fromEntries(Object.entries(index).map(([name, [, hash]]) => [name, hash]));
  return JSON.stringify({ parts, files } satisfies LastBuild);
}

/** The differences, as sentences; empty if there are none. */
export function explainKey(note: string | undefined, parts: KeyParts, index: TreeIndex = {}): string[] {
  const last = parse(note);
  if (last === undefined) return ['no build of this source is known'];
  const reasons: string[] = [];
  if (last.parts.source !== parts.source) {
    const changed = changedFiles(last.files, index);
    reasons.push(...(changed.length > 0 ? changed : ['modes, links or directories of the source changed']));
  }
  if (canonical(last.parts.environment) !== canonical(parts.environment)) {
    reasons.push('the requirements of the build resolve to other wheels');
  }
  for (const name of differing(last.parts.configSettings, parts.configSettings))
    reasons.push(`the setting ${name} changed`);
  for (const name of differing(last.parts.interpreter, parts.interpreter))
    reasons.push(`the ${name} of Python changed`);
  for (const name of differing(last.parts.sources, parts.sources)) reasons.push(`${name} changed`);
  if (last.parts.salt !== parts.salt) reasons.push('cache-salt changed');
  if (last.parts.place !== parts.place) reasons.push('the place of the tree changed');
  return reasons;
}

function changedFiles(before: Readonly<Record<string, string>>, now: TreeIndex): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const changed = names.flatMap((name) => {
    const [old, current] = [before[name], now[name]?.[1]];
    if (old === current) return [];
    return [`${name} ${old === undefined ? 'is new' : current === undefined ? 'is gone' : 'changed'}`];
  });
  const more = changed.length - mostNamed;
  return more > 0 ? [...changed.slice(0, mostNamed), `${more} more files changed`] : changed;
}

function differing(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => canonical(a[name]) !== canonical(b[name]),
  );
}

function parse(note: string | undefined): LastBuild | undefined {
  try {
    const { parts, files } = JSON.parse(note ?? '') as LastBuild;
    return parts === undefined || files === undefined ? undefined : { parts, files };
  } catch {
    return undefined;
  }
}
