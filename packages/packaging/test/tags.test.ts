import { expect, test } from 'vitest';
import { expandTags, supportedTags, tagRank } from '../src/index.ts';

test('tags of CPython on linux: the native platform first, then by C library, then older interpreters', () => {
  const tags = supportedTags({
    implementation: 'cpython',
    version: [3, 11, 7],
    platform: 'linux-x86_64',
    glibc: [2, 17],
  });
  expect(tags.slice(0, 4)).toEqual([
    'cp311-cp311-linux_x86_64',
    'cp311-cp311-manylinux_2_17_x86_64',
    'cp311-cp311-manylinux2014_x86_64',
    'cp311-cp311-manylinux_2_16_x86_64',
  ]);
  expect(tags).toContain('cp32-abi3-manylinux1_x86_64');
  expect(tags).not.toContain('cp311-cp311-manylinux_2_18_x86_64');
  expect(tags.at(-1)).toBe('py30-none-any');
  expect(new Set(tags).size).toBe(tags.length);
});

test('builds without the lock, debug builds and other implementations have their own ABI', () => {
  const platform = 'win-amd64';
  expect(supportedTags({ implementation: 'cpython', version: [3, 13], platform, threaded: true }).slice(0, 3)).toEqual([
    'cp313-cp313t-win_amd64',
    'cp313-abi3t-win_amd64',
    'cp313-none-win_amd64',
  ]);
  expect(supportedTags({ implementation: 'cpython', version: [3, 11], platform, debug: true }).slice(0, 3)).toEqual([
    'cp311-cp311d-win_amd64',
    'cp311-cp311-win_amd64',
    'cp311-abi3-win_amd64',
  ]);
  const pypy = supportedTags({ implementation: 'pypy', version: [3, 11], platform, abis: ['pypy311_pp73'] });
  expect(pypy.slice(0, 2)).toEqual(['pp311-pypy311_pp73-win_amd64', 'pp311-none-win_amd64']);
  expect(pypy).toContain('pp3-none-any');
});

test('musl, ARM and macOS have their platforms', () => {
  const cpython = { implementation: 'cpython', version: [3, 12] } as const;
  expect(supportedTags({ ...cpython, platform: 'linux-aarch64', musl: [1, 1] }).slice(0, 3)).toEqual([
    'cp312-cp312-linux_aarch64',
    'cp312-cp312-musllinux_1_1_aarch64',
    'cp312-cp312-musllinux_1_0_aarch64',
  ]);
  expect(supportedTags({ ...cpython, platform: 'linux-armv7l', glibc: [2, 17], hardFloat: false })).not.toContain(
    'cp312-cp312-manylinux2014_armv7l',
  );
  const mac = supportedTags({ ...cpython, platform: 'macosx-11.0-arm64', macos: [14, 2] });
  expect(mac.slice(0, 2)).toEqual(['cp312-cp312-macosx_14_0_arm64', 'cp312-cp312-macosx_14_0_universal2']);
  expect(mac).toContain('cp312-cp312-macosx_10_9_universal2');
  expect(supportedTags({ ...cpython, platform: 'macosx-10.13-universal2', macos: [10, 15] })).toContain(
    'cp312-cp312-macosx_10_13_universal2',
  );
});

test('a wheel ranks by the best of its tags', () => {
  const supported = ['cp311-cp311-linux_x86_64', 'py3-none-any'];
  expect(tagRank(expandTags('py2.py3-none-any'), supported)).toBe(1);
  expect(
    tagRank(['py3-none-any', 'cp311-cp311-linux_x86_64'], new Map(supported.map((tag, rank) => [tag, rank]))),
  ).toBe(0);
  expect(tagRank(['py2-none-any'], supported)).toBeUndefined();
});

test.each(['py3-none', 'py3-none-any-x', 'py3--any', 'py3.-none-any', '3py-none-any', ''])(
  '%j is not a tag',
  (text) => {
    expect(() => expandTags(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_TAG' }));
  },
);

const platformsOf = (facts: { platform: string; ios?: [number, number]; android?: number; macos?: [number, number] }) =>
  supportedTags({ implementation: 'other', version: [3, 13], ...facts })
    .filter((tag) => tag.startsWith('other313-none-'))
    .map((tag) => tag.slice('other313-none-'.length));

test('iOS has every version down to 12.0, by architecture and SDK', () => {
  const platforms = platformsOf({ platform: 'ios-13.0-arm64-iphoneos', ios: [13, 2] });
  expect(platforms.slice(0, 4)).toEqual([
    'ios_13_2_arm64_iphoneos',
    'ios_13_1_arm64_iphoneos',
    'ios_13_0_arm64_iphoneos',
    'ios_12_9_arm64_iphoneos',
  ]);
  expect(platforms.at(-1)).toBe('ios_12_0_arm64_iphoneos');
  expect(platformsOf({ platform: 'ios-13.0-arm64-iphoneos' })[0]).toBe('ios_13_0_arm64_iphoneos');
  expect(platformsOf({ platform: 'ios-11.4-arm64-iphoneos' })).toEqual([]);
});

test('Android has every API level down to 16', () => {
  expect(platformsOf({ platform: 'android-16-arm64-v8a', android: 18 })).toEqual([
    'android_18_arm64_v8a',
    'android_17_arm64_v8a',
    'android_16_arm64_v8a',
  ]);
  expect(platformsOf({ platform: 'android-15-x86' })).toEqual([]);
});

test('macOS on PowerPC has the formats of its time', () => {
  expect(platformsOf({ platform: 'macosx-10.6-ppc', macos: [10, 7] }).slice(0, 4)).toEqual([
    'macosx_10_6_ppc',
    'macosx_10_6_fat3',
    'macosx_10_6_fat',
    'macosx_10_6_universal',
  ]);
  expect(platformsOf({ platform: 'macosx-10.5-ppc64' }).slice(0, 3)).toEqual([
    'macosx_10_5_ppc64',
    'macosx_10_5_fat64',
    'macosx_10_5_universal',
  ]);
});
