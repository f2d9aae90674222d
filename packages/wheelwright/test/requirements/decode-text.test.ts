import { expect, test } from 'vitest';
import { decodeText } from '../../src/requirements/decode-text.ts';

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
  [Buffer.from('# coding: utf-8\n\xff', 'latin1'), 'not valid utf-8'],
])('an encoding that cannot be is refused', (bytes, reason) => {
  expect(() => decodeText(Buffer.from(bytes), 'r.txt')).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT', message: expect.stringContaining(reason) }),
  );
});

test('UTF-32 in either order of bytes, by its mark', () => {
  const text = 'größe==1.0 # \u{1f40d}\n';
  for (const isLittleEndian of [true, false]) {
    const points = [0xfeff, ...Array.from(text, (letter) => letter.codePointAt(0)!)];
    const view = new DataView(new ArrayBuffer(points.length * 4));
    for (const [at, point] of points.entries()) view.setUint32(at * 4, point, isLittleEndian);
    expect(decodeText(new Uint8Array(view.buffer), 'r.txt')).toBe(text);
  }
  expect(() => decodeText(Uint8Array.of(0xff, 0xfe, 0, 0, 1), 'r.txt')).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_BAD_INPUT' }),
  );
});
