import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { compilingDefaults } from '../../src/build/interpreter-identity.ts';

const libDirName = 'python3.11';

/** A prefix whose Python was made with these options. */
function prefixWith(flags: string, more = ''): string {
  const prefix = temporaryDir();
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
