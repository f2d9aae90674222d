import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  formatScriptsMap,
  isSupportPath,
  parseScriptsMap,
  type ScriptTarget,
  supportFiles,
  supportHashes,
} from '../../src/index.ts';

const scripts: readonly ScriptTarget[] = [
  { name: 'zed', kind: 'body', path: 'zed-1.0.dist-info/scripts/zed' },
  { name: 'black', kind: 'entry-point', module: 'black', attribute: 'patched_main' },
];

test('the pin, the runner and the map come with their hashes', () => {
  const files = supportFiles(scripts);
  expect(files.map(({ path }) => path)).toEqual([
    '00_wheelwright.pth',
    '_wheelwright_pin.py',
    '_wheelwright_scripts.py',
    '_wheelwright_scripts.txt',
  ]);
  for (const { path, data, sha256 } of files) {
    expect(sha256).toBe(createHash('sha256').update(data).digest('hex'));
    expect(supportHashes(files)[path]).toBe(sha256);
  }
});

test('the line of the pin is one line, because site runs each line on its own', () => {
  expect(supportFiles([])[0]!.data.split('\n')).toHaveLength(2);
});

test('the map is read as it was written, by name', () => {
  expect(parseScriptsMap(formatScriptsMap(scripts))).toEqual([...scripts].reverse());
});

test.each(['a\tb', 'a\nb', ''])('a script named %j cannot be written', (name) => {
  expect(() => formatScriptsMap([{ name, kind: 'body', path: 'x' }])).toThrow('bug:');
});

test('two scripts of one name cannot be written', () => {
  expect(() => formatScriptsMap([scripts[0]!, scripts[0]!])).toThrow('bug:');
});

test.each([
  'bin/python',
  'bin/python3',
  'bin/python3.13t',
  'bin/pypy3.10',
  'bin/activate',
  'bin/activate.fish',
  'bin/Activate.ps1',
  'lib/python3.11/site-packages/00_wheelwright.pth',
  'lib64/python3.11/site-packages/_wheelwright_pin.py',
  'lib/python3.11/site-packages/_wheelwright_scripts.txt',
  'lib/python3.11/site-packages/__pycache__/_wheelwright_pin.cpython-311.pyc',
  'lib/python3.11/site-packages/_wheelwright_pin/__init__.py',
  'lib/python3.11/site-packages/_wheelwright_pin.cpython-311-x86_64-linux-gnu.so',
  'lib/python3.11/site-packages/_wheelwright_scripts',
  'share/.wheelwright-keep',
  'generation.json',
  '.committed',
  'pyvenv.cfg',
  '.lock',
  '.wheelwright/format',
])('%s is ours', (path) => {
  expect(isSupportPath(path)).toBe(true);
});

test.each([
  'bin/python-argcomplete-check-easy-install-script',
  'bin/activate-global-python-argcomplete',
  'bin/pythonic',
  'bin/sub/python',
  'lib/python3.11/site-packages/_wheelwright_pinned/__init__.py',
  'lib/python3.11/site-packages/python',
  'share/activate',
  'share/doc/.wheelwright-keep',
])('%s may belong to a distribution', (path) => {
  expect(isSupportPath(path)).toBe(false);
});
