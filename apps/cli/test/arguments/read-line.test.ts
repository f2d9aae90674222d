import { expect, test } from 'vitest';
import { commandFirst, splitShortValues } from '../../src/arguments/read-line.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');

test.each([
  ['install six', 'install six'],
  ['-q install six', 'install -q six'],
  ['--store list install six', 'install --store list six'],
  ['--store=x --lock-timeout 5 --json list', 'list --store=x --lock-timeout 5 --json'],
  ['-p env list', 'list -p env'],
  ['--help install', 'install --help'],
  ['--version', '--version'],
  ['-q', '-q'],
  ['', ''],
])('%j puts the command first', (line, expected) => {
  expect(commandFirst(words(line))).toEqual(words(expected));
});

const options = [
  { short: '-C', long: '--config-setting', required: true },
  { short: '-o', long: '--out-dir', required: true },
  { short: '-U', long: '--upgrade', required: false },
  { long: '--report', required: true },
];

test.each([
  ['-C=a=b -o=dist', '--config-setting=a=b --out-dir=dist'],
  ['-C==x', '--config-setting==x'],
  ['-UC=x', '-U --config-setting=x'],
  ['-Ca=b -odist', '-Ca=b -odist'],
  ['-o=', '--out-dir='],
  ['-o -C=x', '-o -C=x'],
  ['--report -o=x', '--report -o=x'],
  ['-U=x', '-U=x'],
  ['-Z=x', '-Z=x'],
  ['-- -C=x', '-- -C=x'],
])('%j gives the parser the value that argparse and clap read', (line, expected) => {
  expect(splitShortValues(words(line), options)).toEqual(words(expected));
});

test('words for another program stay as they are', () => {
  expect(splitShortValues(words('-o=x python -C=y'), options, { stopsAtFirst: true })).toEqual(
    words('--out-dir=x python -C=y'),
  );
});
