// Compatibility tags as texts: expanding a compressed set, and ranking a wheel's tags against those that an interpreter
// supports (specification "Platform compatibility tags").

import { PackagingError, quote } from '../packaging-error.ts';

// Real wheels have a handful; a name made of thousands of parts would multiply without end.
const mostTags = 4096;

/** Every tag of a compressed set (`py2.py3-none-any`), each once, in lower case; throws `PACKAGING_INVALID_TAG`. */
export function expandTags(text: string): readonly string[] {
  const parts = text
    .toLowerCase()
    .split('-')
    .map((part) => part.split('.'));
  const [interpreters, abis, platforms] = parts;
  if (parts.length !== 3 || !interpreters || !abis || !platforms) throw invalid(text, 'it does not have three parts');
  if (parts.some((part) => part.includes(''))) throw invalid(text, 'a part of it is empty');
  if (!interpreters.every((name) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)))
    throw invalid(text, 'its interpreter is not an identifier');
  if (interpreters.length * abis.length * platforms.length > mostTags)
    throw invalid(text, `it spells more than ${mostTags} tags`);
  const tags = interpreters.flatMap((name) =>
    abis.flatMap((abi) => platforms.map((platform) => `${name}-${abi}-${platform}`)),
  );
  return [...new Set(tags)];
}

/** The rank of the best of `wheelTags` among `supported` (0 is best); undefined where none of them is supported. */
export function tagRank(
  wheelTags: readonly string[],
  supported: ReadonlyMap<string, number> | readonly string[],
): number | undefined {
  const ranks =
    supported instanceof Map ? (supported as ReadonlyMap<string, number>) : ranksOf(supported as readonly string[]);
  let best: number | undefined;
  for (const tag of wheelTags) {
    const rank = ranks.get(tag);
    if (rank !== undefined && (best === undefined || rank < best)) best = rank;
  }
  return best;
}

const ranksOfLists = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function ranksOf(supported: readonly string[]): ReadonlyMap<string, number> {
  const known = ranksOfLists.get(supported);
  if (known) return known;
  const ranks = new Map<string, number>();
  for (const [rank, tag] of supported.entries()) if (!ranks.has(tag)) ranks.set(tag, rank);
  ranksOfLists.set(supported, ranks);
  return ranks;
}

function invalid(text: string, reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_TAG', `${quote(text)} is not a compatibility tag: ${reason}.`, {
    data: { tag: text },
  });
}
