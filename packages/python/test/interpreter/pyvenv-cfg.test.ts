import { expect, test } from 'vitest';
import { formatPyvenvCfg, parsePyvenvCfg, statedPrompt, statedVersion } from '../../src/interpreter/pyvenv-cfg.ts';

test('keys are read as CPython reads them: any case, spaces around, lines without = passed over', () => {
  const cfg = parsePyvenvCfg('Home = /usr/bin\r\n# note\n\nversion=3.11.7\nhome = /second\n = lost\n');
  expect([...cfg]).toEqual([
    ['home', '/usr/bin'],
    ['version', '3.11.7'],
  ]);
});

test('a formatted pyvenv.cfg is read back', () => {
  const entries = { home: '/a = b', prompt: 'x' };
  expect(Object.fromEntries(parsePyvenvCfg(formatPyvenvCfg(entries)))).toEqual(entries);
});

test('a line break in a value is refused', () => {
  expect(() => formatPyvenvCfg({ prompt: 'a\nhome = /evil' })).toThrow('bug:');
});

test.each([
  ['version = 3.11.7', '3.11.7'],
  ['version_info = 3.9.18.final.0', '3.9.18'],
  ['version_info = 3.12', '3.12'],
  ['home = /x', undefined],
])('the version of %j is %j', (text, version) => {
  expect(statedVersion(parsePyvenvCfg(text))).toBe(version);
});

test.each([
  ["prompt = 'venv wrote this'", 'venv wrote this'],
  ['prompt = "it\'s"', "it's"],
  ['prompt = plain', 'plain'],
  ['home = /x', undefined],
])('the prompt of %j is %j', (text, prompt) => {
  expect(statedPrompt(parsePyvenvCfg(text))).toBe(prompt);
});
