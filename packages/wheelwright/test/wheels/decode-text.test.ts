import { expect, test } from 'vitest';
import { decodeText } from '../../src/wheels/decode-text.ts';

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

test.each([
  ['UTF-8', Buffer.from('größe\n')],
  ['UTF-8 with a mark', Buffer.from('\ufeffgröße\n')],
  ['UTF-16, little end first', utf16('größe\n')],
  ['UTF-16, big end first', utf16('größe\n').swap16()],
  ['Latin-1 that says nothing', Buffer.from('größe\n', 'latin1')],
])('%s is read', (_encoding, bytes) => {
  expect(decodeText(bytes, 'r.txt')).toBe('größe\n');
});

test.each(['# -*- coding: latin-1 -*-', '# vim: set fileencoding=iso-8859-15 :', '#!x\n# coding: Latin_1'])(
  '%j names the encoding',
  (head) => {
    expect(decodeText(Buffer.from(`${head}\ngröße`, 'latin1'), 'r.txt')).toBe(`${head}\ngröße`);
  },
);

test.each([
  ['# coding: nonsense\n', 'not known'],
  [Buffer.from('# coding: utf-8\n\xff', 'latin1'), 'not the utf-8'],
])('an encoding that cannot be is refused', (bytes, reason) => {
  expect(() => decodeText(Buffer.from(bytes), 'r.txt')).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT', message: expect.stringContaining(reason) }),
  );
});
