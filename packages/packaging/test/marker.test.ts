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
  ['platform_release != "6"', false],
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
])('%j is not a marker', (text) => {
  expect(() => parseMarker(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_MARKER' }));
});

test('hostile markers are refused without deep recursion', () => {
  expect(() => parseMarker('('.repeat(1_000_000))).toThrow('parentheses');
  expect(() => parseMarker(`os_name ${' '.repeat(1_000_000)}`)).toThrow('operator');
});

test.each([
  ['~=', false],
  ['!=', false],
  ['>=', false],
  ['===', false],
])(
  'a platform release that is not a version does not meet %s of a version, and stops nothing',
  (operator, expected) => {
    const linux = { ...environment, platform_release: '6.1.0-13-amd64' };
    expect(evaluateMarker(parseMarker(`platform_release ${operator} "5.4"`), linux)).toBe(expected);
    expect(evaluateMarker(parseMarker(`"6.1-x" ${operator} python_version`), linux)).toBe(expected);
  },
);

test('a marker without metadata or a lock file around it knows no extra', () => {
  expect(() => evaluateMarker(parseMarker('extra == "a"'), environment, {})).toThrow(
    expect.objectContaining({ code: 'PACKAGING_UNDEFINED_MARKER_NAME' }),
  );
  expect(evaluateMarker(parseMarker('os_name == "posix"'), environment, {})).toBe(true);
});

test('a set of extras is compared as a whole', () => {
  const holds = (text: string, extra: string[]) => evaluateMarker(parseMarker(text), environment, { extra });
  expect(holds('extra == "A_b"', ['a-b', 'c'])).toBe(true);
  expect(holds('extra != "a-b"', ['A.b', 'c'])).toBe(false);
  expect(holds('"d" != extra', ['a', 'c'])).toBe(true);
  expect(holds('extra == ""', [])).toBe(true);
  expect(() => holds('extra in "a"', ['a'])).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_MARKER' }));
});

test.each([
  [String.raw`'a\\'`, 'a\\'],
  [String.raw`'\x41\u0042\U00000043\104'`, 'ABCD'],
  [String.raw`'a\tb\d'`, 'a\tb\\d'],
])('the string %s has the value that Python gives it', (written, value) => {
  expect(parseMarker(`os_name == ${written}`)).toMatchObject({ right: { kind: 'text', text: value } });
});

test.each(['"C:\\"', '"\\x"', '"\\u12"', '"\\U00110000"', '"\\N{DASH}"', '"a\nb"', '"a\0b"'])(
  'the string %j is refused, as by Python',
  (written) => {
    expect(() => parseMarker(`os_name == ${written}`)).toThrow(
      expect.objectContaining({ code: 'PACKAGING_INVALID_MARKER' }),
    );
  },
);
