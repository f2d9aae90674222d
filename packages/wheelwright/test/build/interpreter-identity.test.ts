import { rmSync } from 'node:fs';
import path from 'node:path';
import type { FactsCache } from '@wheelwright/python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { compilingDefaults, rememberedDefaults } from '../../src/build/interpreter-identity.ts';

const libDirName = 'python3.11';

/** A prefix whose Python was made with these options. */
function prefixWith(flags: string, more = ''): string {
  return writeOptions(temporaryDir(), flags, more);
}

function writeOptions(prefix: string, flags: string, more = ''): string {
  writeTree(path.join(prefix, 'lib', libDirName), {
    '_sysconfigdata__linux.py': `# Made by the build.
build_time_vars = {'ABIFLAGS': '',
 'CC': 'gcc',
 'CFLAGS': '-O2 '
           '${flags}',
 'LDSHARED': 'gcc -shared -L${prefix}/lib',
 'SOMETHING': '${more}'}
`,
  });
  return prefix;
}

const of = (prefix: string) => compilingDefaults({ prefix, libDirName });

test('Two Pythons that compile alike are one, wherever they are; other options make another.', () => {
  const first = of(prefixWith('-g', 'one'));
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect(of(prefixWith('-g', 'two'))).toBe(first);
  expect(of(prefixWith('-march=native'))).not.toBe(first);
  expect(of(temporaryDir())).toBe(undefined);
});

/** A search for the options whose results are remembered. */
function remembering(prefix: string, during = () => {}) {
  const facts = new Map<string, string>();
  const cache: FactsCache = { read: (key) => facts.get(key), write: (key, text) => facts.set(key, text) };
  let searches = 0;
  const find: typeof compilingDefaults = (place) => {
    searches += 1;
    const found = compilingDefaults(place);
    during();
    return found;
  };
  return () => ({ options: rememberedDefaults({ prefix, libDirName }, cache, find), searches });
}

test('The options are searched once while the files of the interpreter stay the same.', () => {
  const prefix = prefixWith('-g');
  const ask = remembering(prefix);
  expect([ask(), ask()]).toEqual(Array(2).fill({ options: of(prefix), searches: 1 }));
  writeOptions(prefix, '-march=native');
  expect(ask()).toEqual({ options: of(prefix), searches: 2 });
  rmSync(path.join(prefix, 'lib'), { recursive: true });
  expect(ask()).toEqual({ options: undefined, searches: 2 });
});

test('Options that change while they are read are not remembered.', () => {
  const prefix = prefixWith('-g');
  const ask = remembering(prefix, () => writeOptions(prefix, '-march=native'));
  expect(ask()).toEqual({ options: of(prefixWith('-g')), searches: 1 });
  expect(ask()).toEqual({ options: of(prefix), searches: 2 });
});
