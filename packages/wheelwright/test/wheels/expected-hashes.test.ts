// Hashes that a requirement states, against what an index states and what a file holds.
import type { IndexFile } from '@wheelwright/index-client';
import type { StoredWheel } from '@wheelwright/store';
import { expect, it } from 'vitest';
import { fetchExpected } from '../../src/wheels/expected-hashes.ts';

const [right, wrong] = ['1'.repeat(64), '2'.repeat(64)];

/** What is asked of the fetch, or the failure. The file holds `right`. */
async function fetched(stated: Record<string, string>, hashes: readonly string[]) {
  const filename = 'a-1-py3-none-any.whl';
  const file = { filename, url: `https://u:secret@h.invalid/${filename}`, hashes: stated, yanked: false } as const;
  const asked: IndexFile['hashes'][] = [];
  const source = { from: 'index', file: { ...file, source: 'index', index: '' }, hashes } as const;
  const fetch = async (wanted: IndexFile) => {
    asked.push(wanted.hashes);
    return { sha256: right } as StoredWheel;
  };
  return fetchExpected(source, fetch).then(
    () => asked,
    (error: { code: string; data: unknown; message: string }) => ({ ...error, code: error.code, asked }),
  );
}

it('a right hash is accepted where the index states none, another algorithm, or the same', async () => {
  expect(await fetched({}, [`sha256:${right}`])).toEqual([{}]);
  expect(await fetched({ md5: 'a'.repeat(32) }, [`sha256:${right}`])).toEqual([{ md5: 'a'.repeat(32) }]);
  expect(await fetched({ sha256: right }, [`sha256:${wrong}`, `sha256:${right}`])).toEqual([{ sha256: right }]);
});

it('a wrong hash is refused before the fetch where the index states it, else after', async () => {
  expect(await fetched({ sha256: right }, [`sha256:${wrong}`])).toMatchObject({
    code: 'INDEX_HASH_MISMATCH',
    asked: [],
    data: { expected: [`sha256:${wrong}`], found: [`sha256:${right}`] },
  });
  const late = await fetched({}, [`sha256:${wrong}`]);
  expect(late).toMatchObject({ code: 'INDEX_HASH_MISMATCH', asked: [{}] });
  expect(JSON.stringify(late)).not.toContain('secret');
});

it('a hash of another algorithm is compared by the download', async () => {
  expect(await fetched({ sha256: right }, ['sha512:ABC'])).toEqual([{ sha256: right, sha512: 'abc' }]);
});
