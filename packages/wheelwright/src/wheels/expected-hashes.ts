// The hashes that a requirement states for a file of an index, compared before the fetch where the index states the same
// algorithm, and with the content where it does not.
import { redactUrls } from '@wheelwright/errors';
import { IndexError, type IndexFile } from '@wheelwright/index-client';
import type { StoredWheel } from '@wheelwright/store';
import type { IndexSource } from './distribution-source.ts';
import { compareHashes } from './offered-files.ts';

/**
 * Fetches the file of `source`, which must have one of the hashes that `source` states.
 * @throws IndexError INDEX_HASH_MISMATCH with what was expected and found; the store then holds no wheel that was wanted.
 */
export async function fetchExpected(
  { file, hashes = [] }: IndexSource<'index'>,
  fetch: (file: IndexFile) => Promise<StoredWheel>,
): Promise<StoredWheel> {
  if (hashes.length === 0) return fetch(file);
  if (compareHashes(file, hashes) === 'different') throw mismatch(file, hashes, statedBy(file), 'the index states');
  const byOthers = hashes.filter((hash) => !hash.startsWith('sha256:'));
  // The download compares every hash of the file, so one hash of another algorithm travels with it.
  const [only] = hashes.length === 1 ? byOthers : [];
  const wheel = await fetch(only === undefined ? file : { ...file, hashes: { ...file.hashes, ...parsed(only) } });
  if (byOthers.length > 0 || hashes.includes(`sha256:${wheel.sha256}`)) return wheel;
  throw mismatch(file, hashes, [`sha256:${wheel.sha256}`], 'the file has');
}

function parsed(hash: string): Record<string, string> {
  const colon = hash.indexOf(':');
  return { [hash.slice(0, colon)]: hash.slice(colon + 1).toLowerCase() };
}

function statedBy({ hashes }: IndexFile): string[] {
  return Object.entries(hashes).map(([algorithm, digest]) => `${algorithm}:${digest}`);
}

function mismatch(file: IndexFile, expected: readonly string[], found: readonly string[], who: string): IndexError {
  const url = redactUrls(file.url);
  const message = `${file.filename} does not have the hash that is required: expected ${expected.join(' or ')}, and ${who} ${found.join(', ')}.`;
  return new IndexError('INDEX_HASH_MISMATCH', message, {
    hint: 'Do not use it unless you know why the file is another one; then correct the hash where it is stated.',
    data: { url, expected: [...expected], found: [...found] },
  });
}
