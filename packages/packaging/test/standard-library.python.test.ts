// The files of `.dist-info` compared with what Python's own library reads and writes: csv, email, configparser.
import { expect, test } from 'vitest';
import { formatPylock, formatRecord, parseEntryPoints, parseMetadata, parsePylock, parseRecord } from '../src/index.ts';
import { draw, fc, recordEntries } from './arbitraries.ts';
import { ask } from './oracle.ts';

test('RECORD is the CSV that Python reads and writes', () => {
  const cases = draw(recordEntries, 500);
  const texts = cases.map(formatRecord);
  const rows = ask<string[][]>('record', texts);
  expect(rows).toEqual(
    texts.map((text) =>
      parseRecord(text).map(({ path, hash, size }) => [
        path,
        hash ? `${hash.algorithm}=${hash.digest}` : '',
        String(size ?? ''),
      ]),
    ),
  );
  expect(ask<string>('write_record', rows)).toEqual(texts);
});

test('metadata has the fields that Python reads', () => {
  const value = fc.constantFrom('a', 'b >= 1', 'two\n words', 'x: y', 'é', '', 'long\n\tand\n more');
  const name = fc.constantFrom('Summary', 'Requires-Dist', 'Classifier', 'X-Own', 'summary');
  const fields = fc.array(fc.tuple(name, value), { maxLength: 6 });
  const texts = draw(fields, 500).map(
    (list) =>
      `Metadata-Version: 2.4\nName: a\nVersion: 1\n${list.map(([key, text]) => `${key}: ${text}\n`).join('')}\nBody: no field\n`,
  );
  const ours = texts.map((text) => Object.fromEntries(parseMetadata(text).headers));
  expect(ours).toEqual(ask('headers', texts));
});

test('entry points are those that Python reads', () => {
  const entry = fc.tuple(
    fc.constantFrom('a', 'B', 'c.d', 'e:f'),
    fc.constantFrom(' = ', '=', ' ='),
    fc.constantFrom('m:f', 'm.n:o.p', 'm:f [x]', 'm'),
    fc.constantFrom('', '\n# c', '\n\n; c'),
  );
  const lines = fc.uniqueArray(entry, { selector: ([name]) => name, minLength: 1, maxLength: 4 });
  const groups = fc.uniqueArray(fc.tuple(fc.constantFrom('one', 'two.three', 'x y'), lines), {
    selector: ([name]) => name,
    maxLength: 3,
  });
  const texts = draw(groups, 500).map((list) =>
    list.map(([group, entries]) => `[${group}]\n${entries.map((parts) => parts.join('')).join('\n')}\n`).join(''),
  );
  // One name twice is not ambiguous in two spellings of space.
  const ours = texts.map((text) => parseEntryPoints(text).map(({ group, name, value }) => [group, name, value]));
  expect(ours).toEqual(ask('entry_points', texts));
});

test('a lock file reads as Python reads TOML', () => {
  const strings = fc.string({
    unit: fc.constantFrom('a', '"', '\\', '\n', '\t', 'é', ' ', '\x7f', '#', '='),
    maxLength: 6,
  });
  const value = fc.oneof(strings, fc.integer(), fc.boolean(), fc.array(strings, { maxLength: 2 }));
  const tool = fc.dictionary(strings, fc.oneof(value, fc.dictionary(strings, value, { maxKeys: 2 })), { maxKeys: 3 });
  const documents = draw(fc.tuple(strings, tool, tool), 200).map(([createdBy, packageTool, lockTool]) => ({
    'lock-version': '1.0',
    'created-by': createdBy,
    packages: [{ name: 'a', directory: { path: `./${createdBy}` }, tool: packageTool }],
    tool: lockTool,
  }));
  const texts = documents.map((document) => formatPylock(parsePylock(document)));
  expect(ask('toml', texts)).toEqual(JSON.parse(JSON.stringify(documents)));
});
