import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { MarkerEnvironment, NormalizedName } from '@wheelwright/packaging';
import { afterAll, expect, test } from 'vitest';
import { namesAny, type RequiringDistribution, unmetRequirements } from '../../src/requirements/unmet-requirements.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'wheelwright-unmet-'));
afterAll(() => rmSync(dir, { recursive: true }));

const markers = { python_version: '3.11', sys_platform: 'linux', extra: '' } as unknown as MarkerEnvironment;
const named = (name: string) => name as NormalizedName;
const set = (...names: string[]) => new Set(names.map(named));

function installed(name: string, version: string, requiresDist: readonly string[]): RequiringDistribution {
  return { name: named(name), version, metadataPath: undefined, requiresDist };
}

/** A distribution whose requirements have to be read. */
function unread(name: string, requiresDist: readonly string[], body = '', lineEnd = '\n'): RequiringDistribution {
  const metadataPath = path.join(dir, `${name}-METADATA`);
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    'Version: 1',
    ...requiresDist.map((r) => `Requires-Dist: ${r}`),
  ];
  writeFileSync(metadataPath, `${lines.join(lineEnd)}${lineEnd}${lineEnd}${body}`);
  return { name: named(name), version: '1', metadataPath };
}

const textsOf = (...all: Parameters<typeof unmetRequirements>) =>
  unmetRequirements(...all).map(({ name, requirement, found }) => `${name}: ${requirement}, ${found}`);

test('a requirement is unmet where the distribution is absent or has another version', () => {
  const all = [installed('a', '1', ['b', 'c>=2', 'd>=1']), installed('c', '1.5', []), installed('d', '1.0', [])];
  expect(textsOf(all, markers)).toEqual(['a: b, undefined', 'a: c>=2, 1.5']);
});

test.each([
  ['b; extra == "x"', false],
  ["b ; (python_version >= '3') and extra == 'x'", false],
  ["b; (python_version < '4' and extra=='x')", false],
  ["b; extra == 'x' or python_version >= '3'", true],
  ["b; python_version >= '3' or extra == 'x'", true],
  ["b; extra != 'x'", true],
  ["b; extra == ''", true],
  ["b; python_version < '3'", false],
  ["b @ https://example.test/b.whl ; extra == 'x'", false],
])('%s counts without extras: %s', (requirement, counts) => {
  expect(textsOf([installed('a', '1', [requirement])], markers)).toHaveLength(counts ? 1 : 0);
});

test.each(['Re-Quired', 're_quired', 'RE.quired', 're--quired>=1'])('%s names the distribution re-quired', (text) => {
  const others = [unread('other', ['required', 're', 're-quired-too'], 'It works with re-quired.')];
  expect(namesAny([...others, unread('a', [text])], set('re-quired'))).toBe(true);
  expect(namesAny(others, set('re-quired'))).toBe(false);
  expect(textsOf([...others, unread('a', [text])], markers, set('re-quired'))).toHaveLength(1);
});

test('a distribution that is not concerned is asked only for the names that are', () => {
  const all = [unread('a', ['gone', 'b'], '', '\r\n'), unread('c', ['gone', 'b'])];
  expect(textsOf(all, markers, set('gone'))).toEqual(['a: gone, undefined', 'c: gone, undefined']);
  expect(textsOf(all, markers, set('gone', 'c'))).toEqual([
    'a: gone, undefined',
    'c: gone, undefined',
    'c: b, undefined',
  ]);
  expect(textsOf(all, markers, set())).toEqual([]);
});

test('a distribution without metadata that can be read requires nothing', () => {
  const lost = { name: named('a'), version: '1', metadataPath: path.join(dir, 'absent') };
  expect(textsOf([lost, installed('b', '1', ['?'])], markers)).toEqual([]);
  expect(namesAny([lost], set('b'))).toBe(false);
});
