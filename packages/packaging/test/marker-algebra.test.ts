import { expect, test } from 'vitest';
import {
  andMarkers,
  evaluateMarker,
  formatMarker,
  type MarkerEnvironment,
  orMarkers,
  parseMarker,
  selectingMarker,
  simplifyMarker,
} from '../src/index.ts';
import { environments as eight, fc } from './arbitraries.ts';

const target = (sys_platform: string, platform_machine: string, version: string): MarkerEnvironment => ({
  os_name: sys_platform === 'win32' ? 'nt' : 'posix',
  sys_platform,
  platform_machine,
  platform_python_implementation: 'CPython',
  platform_release: '',
  platform_system: { linux: 'Linux', win32: 'Windows', darwin: 'Darwin' }[sys_platform]!,
  platform_version: '',
  python_version: version,
  python_full_version: `${version}.0`,
  implementation_name: 'cpython',
  implementation_version: `${version}.0`,
});
const targets = ['3.9', '3.10', '3.13'].flatMap((version) => [
  target('linux', 'x86_64', version),
  target('linux', 'aarch64', version),
  target('darwin', 'arm64', version),
  target('win32', 'AMD64', version),
]);
const select = (wanted: (environment: MarkerEnvironment) => boolean) => {
  const marker = selectingMarker(targets.filter(wanted), targets);
  return marker && formatMarker(marker);
};

test('markers are joined without repetition', () => {
  const [a, b] = [parseMarker('os_name == "nt" or extra == "x"'), parseMarker('python_version < "3.9"')];
  expect(formatMarker(andMarkers(a, undefined, b, a)!)).toBe(
    '(os_name == "nt" or extra == "x") and python_version < "3.9"',
  );
  expect(formatMarker(orMarkers(a, b)!)).toBe('os_name == "nt" or extra == "x" or python_version < "3.9"');
  expect(andMarkers(undefined)).toBeUndefined();
  expect(orMarkers(a, undefined)).toBeUndefined();
});

test('the marker of some environments is the shortest that the list allows', () => {
  expect(select(() => true)).toBeUndefined();
  expect(select(({ sys_platform }) => sys_platform === 'win32')).toBe('sys_platform == "win32"');
  expect(select(({ sys_platform }) => sys_platform !== 'win32')).toBe('sys_platform != "win32"');
  expect(select(({ python_version }) => python_version !== '3.13')).toBe('python_version < "3.13"');
  expect(select(({ python_version }) => python_version !== '3.9')).toBe('python_version >= "3.10"');
  expect(select((one) => one.sys_platform === 'linux' && one.python_version === '3.9')).toBe(
    'sys_platform == "linux" and python_version == "3.9"',
  );
  expect(select((one) => one.sys_platform === 'win32' || one.platform_machine === 'aarch64')).toBe(
    'sys_platform != "darwin" and platform_machine != "x86_64"',
  );
});

test('for any choice the marker holds for what is chosen and for nothing else of the list', () => {
  fc.assert(
    fc.property(fc.subarray(targets, { minLength: 1 }), (chosen) => {
      const marker = selectingMarker(chosen, targets);
      const holding = targets.filter((one) => marker === undefined || evaluateMarker(marker, one));
      expect(holding).toEqual(chosen);
    }),
    { numRuns: 100 },
  );
});

test('environments that the names do not tell apart are refused', () => {
  const invalid = expect.objectContaining({ code: 'PACKAGING_INVALID_MARKER' });
  expect(() => selectingMarker([], targets)).toThrow(invalid);
  expect(() => selectingMarker([targets[0]!], targets, ['sys_platform'])).toThrow(invalid);
});

test('a simpler marker decides the same in the given environments', () => {
  const marker = parseMarker('python_version >= "3.9" and (sys_platform == "linux" or os_name == "posix")');
  const simple = simplifyMarker(marker, eight)!;
  expect(formatMarker(simple).length).toBeLessThan(formatMarker(marker).length);
  for (const one of eight) expect(evaluateMarker(simple, one)).toBe(evaluateMarker(marker, one));
});
