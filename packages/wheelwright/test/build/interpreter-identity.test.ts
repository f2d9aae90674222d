import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Interpreter } from '@wheelwright/python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { compilingDefaults, interpreterIdentity } from '../../src/build/interpreter-identity.ts';

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

test('remembered options hold until the file changes, or another one comes before it', () => {
  const prefix = prefixWith('-g');
  const texts = new Map<string, string>();
  const facts = {
    read: (key: string) => texts.get(key),
    write: (key: string, text: string) => void texts.set(key, text),
  };
  const interpreter = { prefix, libDirName, tags: [], markers: {} } as unknown as Interpreter;
  const found = () => interpreterIdentity(interpreter, facts).compiling;
  const first = found();
  expect(first).toBe(of(prefix));
  for (const [key, text] of texts) texts.set(key, text.replace(String(first), 'remembered'));
  expect(found()).toBe('remembered');
  const libDir = path.join(prefix, 'lib', libDirName);
  const written = readFileSync(path.join(libDir, '_sysconfigdata__linux.py'), 'utf8');
  writeTree(libDir, { '_sysconfigdata__linux.py': written.replace('-O2', '-O3') });
  const second = found();
  expect([first, 'remembered']).not.toContain(second);
  expect(second).toBe(of(prefix));
  writeTree(libDir, { '_sysconfigdata_.py': written });
  expect(found()).toBe(first);
});
