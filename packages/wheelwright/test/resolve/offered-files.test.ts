// Which file of a version is chosen, and what is said of versions that have none.
import type { IndexFile } from '@wheelwright/index-client';
import { normalizeName } from '@wheelwright/packaging';
import { expect, it } from 'vitest';
import { type ChoiceOptions, chooseCandidates } from '../../src/resolve/offered-files.ts';
import { explainRefusals } from '../../src/resolve/refused-versions.ts';
import { describeUnfitWheels } from '../../src/resolve/unfit-wheels.ts';

const target = {
  versionText: '3.11.4',
  tags: [
    'cp311-cp311-linux_x86_64',
    'cp311-abi3-linux_x86_64',
    'py3-none-linux_x86_64',
    'cp311-none-any',
    'py3-none-any',
  ],
};

function file(filename: string, more: Partial<IndexFile> = {}): IndexFile {
  const url = `https://index.invalid/${filename}`;
  return { filename, url, hashes: {}, yanked: false, source: 'index', index: 'https://index.invalid/', ...more };
}

function choose(files: readonly IndexFile[], more: Partial<ChoiceOptions> = {}) {
  return chooseCandidates(files, options(files, more)).map(({ file: source }) =>
    source.from === 'index' || source.from === 'sdist' ? source.file.filename : source.from,
  );
}

function refuse(filenames: readonly string[], more: Partial<ChoiceOptions> = {}) {
  const files = filenames.map((name) => file(name));
  return explainRefusals(files, options(files, more)).map(({ version, reason }) => `${version.text} ${reason}`);
}

function options([first]: readonly IndexFile[], more: Partial<ChoiceOptions>): ChoiceOptions {
  const name = normalizeName(first!.filename.split('-')[0]!);
  return { name, target, formats: { wheels: true, sdists: false }, ...more };
}

it('a wheel that fits comes before an sdist, the better tag and the higher build number before others', () => {
  const files = ['a-1.tar.gz', 'a-1-py3-none-any.whl', 'a-1-2-py3-none-any.whl', 'a-2.zip', 'a-2.tar.gz'].map((name) =>
    file(name),
  );
  const both = { formats: { wheels: true, sdists: true } };
  expect(choose(files, both)).toEqual(['a-1-2-py3-none-any.whl', 'a-2.tar.gz']);
  expect(choose([...files, file('a-1-cp311-cp311-linux_x86_64.whl')], both)[0]).toBe(
    'a-1-cp311-cp311-linux_x86_64.whl',
  );
  expect(choose(files)).toEqual(['a-1-2-py3-none-any.whl']);
  expect(choose(files, { formats: { wheels: false, sdists: true } })).toEqual(['a-1.tar.gz', 'a-2.tar.gz']);
});

it('spellings of one version are one candidate, and names of sdists may hold dashes', () => {
  expect(choose([file('a-1.0-py3-none-any.whl'), file('a-1-cp311-cp311-linux_x86_64.whl')])).toHaveLength(1);
  const name = normalizeName('a-b');
  const sdists = { name, formats: { wheels: true, sdists: true } };
  expect(choose([file('a-b-1.0-post1.tar.gz')], sdists)).toEqual(['a-b-1.0-post1.tar.gz']);
  expect(choose([file('a-b-c-1.0.tar.gz')], sdists)).toEqual([]);
});

it('a file that is not yanked and fits the Python comes before one that is, or does not', () => {
  const yanked = file('a-1-cp311-cp311-linux_x86_64.whl', { yanked: true });
  const later = file('a-1-cp311-abi3-linux_x86_64.whl', { requiresPython: '>=3.12' });
  expect(choose([yanked, later, file('a-1-py3-none-any.whl')])).toEqual(['a-1-py3-none-any.whl']);
});

it('a stated hash picks its file; unknown hashes stay, and a wrong hash is left to the fetch', () => {
  const [right, wrong] = ['1'.repeat(64), '2'.repeat(64)];
  const one = file('a-1-cp311-cp311-linux_x86_64.whl', { hashes: { sha256: wrong } });
  const two = file('a-1-py3-none-any.whl', { hashes: { sha256: right } });
  const md5 = file('a-2-py3-none-any.whl', { hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } });
  const hashes = [`sha256:${right}`];
  expect(choose([one, two, md5], { hashes })).toEqual([two.filename, md5.filename]);
  expect(choose([one], { hashes })).toEqual([one.filename]);
  expect(choose([md5], { hashes })).toEqual([md5.filename]);
});

it('uploads after the limit, or at an unknown time, do not count', () => {
  const uploadedBeforeMs = Date.parse('2024-01-01T00:00:00Z');
  const old = file('a-1-py3-none-any.whl', { uploadTime: '2023-12-31T23:59:59.9Z' });
  const late = file('a-2-py3-none-any.whl', { uploadTime: '2024-01-01T00:00:00Z' });
  const local = file('a-4-py3-none-any.whl', { source: 'find-links' });
  expect(choose([old, late, file('a-3-py3-none-any.whl'), local], { uploadedBeforeMs })).toEqual([
    old.filename,
    local.filename,
  ]);
  const refusals = explainRefusals([late, file('a-3-py3-none-any.whl')], options([late], { uploadedBeforeMs }));
  expect(refusals.map(({ reason }) => reason)).toEqual([
    'was uploaded after 2024-01-01T00:00:00.000Z',
    'has no upload time, and only files from before 2024-01-01T00:00:00.000Z count',
  ]);
  expect(refusals.map(({ remedy }) => remedy)).toEqual(
    Array(2).fill('Name a later date for --exclude-newer, or none.'),
  );
});

it.each([
  ['a-1.tar.gz', { formats: { wheels: true, sdists: false } }, '--only-binary'],
  ['a-1-py3-none-any.whl', { formats: { wheels: false, sdists: true } }, '--no-binary'],
  ['a-1-cp27-cp27m-win32.whl', {}, 'Choose a Python or a platform'],
])('the remedy for %s is about what rules it out', (filename, more, remedy) => {
  const one = file(filename);
  expect(explainRefusals([one], options([one], more))).toEqual([
    {
      version: expect.objectContaining({ text: '1' }),
      reason: expect.any(String),
      remedy: expect.stringContaining(remedy),
    },
  ]);
});

it('a refusal names what the wheels are for and what this is', () => {
  expect(refuse(['t-2.5-cp36-cp36m-any.whl', 't-2.5-cp37-cp37m-any.whl', 't-2.5-cp38-cp38-any.whl'])).toEqual([
    '2.5 has wheels for cp36–cp38 only, this is cp311',
  ]);
  // A Python that takes the stable ABI of older ones does not take their own.
  const tags = ['cp312-cp312-any', 'cp312-abi3-any', 'cp38-abi3-any', 'cp36-abi3-any'];
  const stable = { versionText: '3.12.1', tags };
  expect(describeUnfitWheels(['t-1-cp36-cp36m-any.whl', 't-1-cp38-cp38-any.whl'], stable)).toBe(
    'has wheels for cp36, cp38 only, this is cp312',
  );
  expect(describeUnfitWheels(['t-1-cp313-abi3-any.whl'], stable)).toBe('has wheels for cp313 only, this is cp312');
  expect(refuse(['t-1-cp311-cp311t-any.whl', 't-1-cp310-cp310-any.whl'])).toEqual([
    '1 has wheels for cp311t only, this is cp311',
  ]);
  expect(refuse(['t-1-cp311-cp311-win_amd64.whl', 't-1-cp39-cp39-any.whl'])).toEqual([
    '1 has wheels for win_amd64 only, this is linux_x86_64',
  ]);
  expect(refuse(['d-1.tar.gz', 'd-2-py3-none-any.whl'])).toEqual([
    '1 is offered only as an sdist, and only wheels may be used',
  ]);
  expect(refuse(['d-1-py3-none-any.whl'], { formats: { wheels: false, sdists: true } })).toEqual([
    '1 is offered only as wheels, and only sdists may be used',
  ]);
  expect(refuse(['d-1-cp39-cp39-any.whl', 'd-1.tar.gz'])).toEqual([
    '1 has wheels for cp39 only, this is cp311; its sdist may not be used',
  ]);
});
