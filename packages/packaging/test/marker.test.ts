import { expect, test } from 'vitest';
import { evaluateMarker, formatMarker, type MarkerEnvironment, parseMarker } from '../src/index.ts';

const environment: MarkerEnvironment = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.1.0-13-amd64',
  platform_system: 'Linux',
  platform_version: '#1 SMP',
  python_version: '3.11',
  python_full_version: '3.11.7',
  implementation_name: 'cpython',
  implementation_version: '3.11.7',
};
const evaluate = (text: string, extras?: string[]) => evaluateMarker(parseMarker(text), environment, extras);

test.each([
  ['python_version >= "3.8"', true],
  ['python_version < "3.9"', false],
  ['"3.8" <= python_version', true],
  ['python_version in "3.10 3.11"', true],
  ['python_version not in "3.10"', true],
  ['python_version == "3.11.*"', true],
  ['python_full_version ~= "3.11.0"', true],
  ["os.name=='posix'", true],
  ['sys_platform == "win32" or sys_platform == "linux" and os_name == "nt"', false],
  ['(sys_platform == "win32" or sys_platform == "linux") and os_name != "nt"', true],
  ['platform_release >= "6"', false],
  ['platform_release != "6"', true],
  ['sys_platform > "a"', false],
  ['sys_platform >= "linux"', true],
  ['python_implementation == "CPython"', true],
])('%s holds: %s', (marker, expected) => {
  expect(evaluate(marker)).toBe(expected);
});

test('extra is each of the extras in turn, in normalized form, and empty where there is none', () => {
  expect(evaluate('extra == "Foo_Bar"', ['foo.bar'])).toBe(true);
  expect(evaluate('extra == "a"')).toBe(false);
  expect(evaluate('extra == ""')).toBe(true);
  expect(evaluate('extra == "a" and extra == "b"', ['a', 'b'])).toBe(false);
  expect(evaluate('extra == "b" and os_name == "posix"', ['a', 'b'])).toBe(true);
  expect(evaluate('extra != "a"', ['a'])).toBe(false);
});

test('the markers of a lock file ask which extras and groups were chosen', () => {
  const marker = parseMarker('"Test_1" in extras or "dev" not in dependency_groups');
  expect(evaluateMarker(marker, environment, { extras: ['test-1'], dependencyGroups: ['dev'] })).toBe(true);
  expect(evaluateMarker(marker, environment, { extras: [], dependencyGroups: ['dev'] })).toBe(false);
  expect(() => evaluate('"a" in extras')).toThrow(expect.objectContaining({ code: 'PACKAGING_UNDEFINED_MARKER_NAME' }));
});

test('a value that is not given is an error, and so is a comparison without meaning', () => {
  const { os_name: _, ...partial } = environment;
  expect(() => evaluateMarker(parseMarker('os_name == "nt"'), partial as MarkerEnvironment)).toThrow(
    expect.objectContaining({ code: 'PACKAGING_UNDEFINED_MARKER_NAME' }),
  );
  expect(() => evaluate('os_name ~= "nt"')).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_MARKER' }));
});

test('a Python between releases is a local version of the last', () => {
  expect(
    evaluateMarker(parseMarker('python_full_version >= "3.14.0"'), { ...environment, python_full_version: '3.14.0+' }),
  ).toBe(true);
});

test('a marker becomes text with the parentheses it needs', () => {
  expect(
    formatMarker(parseMarker("(os_name=='a' or (os_name=='b'))and extra=='C_c' or python_version  not  in 'x\"y'")),
  ).toBe('(os_name == "a" or os_name == "b") and extra == "c-c" or python_version not in \'x"y\'');
});

test.each([
  '',
  'os_name',
  'os_name ==',
  'os_name == nt',
  'os_name == "nt',
  '(os_name == "nt"',
  'os_name == "nt")',
  'os_name = "nt"',
  'foo == "a"',
  'os_name == "a" and',
  'os_name == "a" xor os_name == "b"',
  'os_name notin "a"',
])('%j is no marker', (text) => {
  expect(() => parseMarker(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_MARKER' }));
});

test('hostile markers are refused without deep recursion', () => {
  expect(() => parseMarker('('.repeat(1_000_000))).toThrow('parentheses');
  expect(() => parseMarker(`os_name ${' '.repeat(1_000_000)}`)).toThrow('operator');
});
