import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { isPythonScript, scriptStub, shebang } from '../../src/index.ts';

test('a stub names the stable interpreter and itself, and no version of anything', () => {
  expect(scriptStub('/env', 'black')).toBe(
    '#!/env/bin/python\nimport _wheelwright_scripts\n\n_wheelwright_scripts.run("black", globals())\n',
  );
});

test('a gui script starts as any other', () => {
  expect(scriptStub('/env', 'idle', { gui: true })).toBe(scriptStub('/env', 'idle'));
});

test('the longest path that the kernel takes is named directly, and one more is not', () => {
  const longest = `/${'x'.repeat(127 - '#!/\n'.length)}`;
  expect(Buffer.byteLength(shebang(longest))).toBe(127);
  expect(shebang(longest)).toBe(`#!${longest}\n`);
  expect(shebang(`${longest}x`)).toMatch(/^#!\/bin\/sh\n/);
});

test('length counts bytes, not letters', () => {
  expect(shebang(`/${'é'.repeat(70)}`)).toMatch(/^#!\/bin\/sh\n/);
});

// An interpreter in sh that says how it was called stands in for Python: the kernel and sh read the same lines.
test.each([
  'plain',
  'with space',
  'long'.repeat(40),
  'a\'b"c',
  'do$HOME`id`\\n',
  '100%s \\',
  'tab\tand\nline',
  'größe',
])('a script below %j is started by its interpreter with its words', (name) => {
  const dir = path.join(temporaryDir(), name);
  mkdirSync(dir);
  const interpreter = path.join(dir, 'python');
  // Not a script itself: some kernels take no script as the interpreter of another.
  const script = path.join(dir, 'script');
  writeFileSync(interpreter, '#!/bin/sh\nprintf "%s|" "$@"\n');
  writeFileSync(script, `${shebang(interpreter)}pass\n`);
  chmodSync(interpreter, 0o755);
  chmodSync(script, 0o755);
  expect(execFileSync(script, ['a b', '$x'], { encoding: 'utf8' })).toBe(`${script}|a b|$x|`);
});

test.each([
  ['#!python\nprint()', true],
  ['#!pythonw\n', true],
  ['#!/usr/bin/python\n', false],
  ['#!/bin/sh\n', false],
  ['\x7fELF', false],
  ['', false],
])('whether %j is a Python body: %j', (text, expected) => {
  expect(isPythonScript(Buffer.from(text))).toBe(expected);
});
