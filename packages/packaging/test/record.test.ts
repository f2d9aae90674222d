import { expect, test } from 'vitest';
import { formatRecord, parseRecord } from '../src/index.ts';

test('entries have a path, and a hash and a size where they are known', () => {
  expect(parseRecord('a.py,sha256=Ab_-9,12\r\n"b,""c"".py",,\nd.py,sha256=AA==,0')).toEqual([
    { path: 'a.py', hash: { algorithm: 'sha256', digest: 'Ab_-9' }, size: 12 },
    { path: 'b,"c".py' },
    { path: 'd.py', hash: { algorithm: 'sha256', digest: 'AA' }, size: 0 },
  ]);
  expect(parseRecord('')).toEqual([]);
  expect(parseRecord('\n\n')).toEqual([]);
});

test('columns after the third are passed over, and the entry says that there are some', () => {
  expect(parseRecord('a,sha256=AA,1,x,y\nb,,,\nc,,\n')).toEqual([
    { path: 'a', hash: { algorithm: 'sha256', digest: 'AA' }, size: 1, isLong: true },
    { path: 'b', isLong: true },
    { path: 'c' },
  ]);
  expect(formatRecord(parseRecord('a,sha256=AA,1,x,y\n'))).toBe('a,sha256=AA,1\n');
});

test('the file is sorted by path and quotes what needs it', () => {
  const entries = [{ path: 'z\n,"' }, { path: 'a', hash: { algorithm: 'sha256', digest: 'x' }, size: 1 }];
  expect(formatRecord(entries)).toBe('a,sha256=x,1\n"z\n,""",,\n');
  expect(parseRecord(formatRecord(entries))).toEqual([entries[1], entries[0]]);
});

test.each([
  ['a,b', 1],
  ['a,,\nb,', 2],
  [',,', 1],
  ['a,md5,1', 1],
  ['a,=x,1', 1],
  ['a,sha256=a b,1', 1],
  ['a,,-1', 1],
  ['a,,1e3', 1],
  ['"a\n",,\n"b', 3],
  ['"a"b,,', 1],
])('%j is refused in line %i', (text, line) => {
  expect(() => parseRecord(text)).toThrow(
    expect.objectContaining({ code: 'PACKAGING_INVALID_RECORD', data: { line } }),
  );
});

test('a hostile RECORD is refused in linear time', () => {
  expect(() => parseRecord('"'.repeat(1_000_001))).toThrow('not closed');
  expect(() => parseRecord(','.repeat(300_000))).toThrow('path');
});
