import { pythonScript, scriptStub, shebang } from '@wheelwright/python';
import { expect, test } from 'vitest';
import { rewriteCommand } from '../../src/check/rewrite-command.ts';

const [from, to] = ['/some/env', '/some/env/.wheelwright/staging/check'];
const rewrite = (text: string, name = 'tool') => rewriteCommand(Buffer.from(text), name, from, to)?.toString();

test('our stub becomes the stub of the shadow', () => {
  expect(rewrite(scriptStub(from, 'tool'))).toBe(scriptStub(to, 'tool'));
});

test.each([
  ['of one line', `#!${from}/bin/python3.11\n`, 'python3.11'],
  ['with an option', `#!${from}/bin/python -E\n`, 'python'],
  ['for the shell', `#!/bin/sh\n'''exec' ${from}/bin/python3 "$0" "$@"\n' '''\n`, 'python3'],
])('a script of another tool with a first line %s starts the python of the shadow', (_, head, python) => {
  expect(rewrite(`${head}import x\n`)).toBe(`${shebang(`${to}/bin/${python}`)}import x\n`);
});

test('an activation activates the shadow', () => {
  expect(rewrite(`VIRTUAL_ENV="${from}"\n`, 'activate.fish')).toBe(`VIRTUAL_ENV="${to}"\n`);
});

test('programs and scripts of other interpreters stay as they are', () => {
  expect(rewrite('#!/bin/sh\necho hello\n')).toBeUndefined();
  expect(rewrite('\x7fELF\0\xff')).toBeUndefined();
  expect(rewrite(`#!${from}er/bin/python\n`)).toBeUndefined();
});

test('bytes that are no text survive', () => {
  const data = Buffer.concat([Buffer.from(`#!${from}/bin/python\n`), Buffer.from([0x50, 0x4b, 0xff, 0x80])]);
  expect(rewriteCommand(data, 'tool', from, to)?.subarray(-4)).toEqual(Buffer.from([0x50, 0x4b, 0xff, 0x80]));
});

test('a script with a coding line below a long path keeps it in the shadow', () => {
  const [long, shadow] = [`/some/${'long '.repeat(40)}/env`, `/other/${'long '.repeat(40)}/env`];
  const body = Buffer.from('# coding: latin-1\n"""doc"""\nfrom __future__ import annotations\n');
  const script = Buffer.from(pythonScript(`${long}/bin/python`, body));
  const rewritten = rewriteCommand(script, 'tool', long, shadow)?.toString();
  expect(rewritten).toBe(script.toString().replaceAll(long, shadow));
});
