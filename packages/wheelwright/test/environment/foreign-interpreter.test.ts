import { supportedTags } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import { describe, expect, test } from 'vitest';
import { foreignInterpreter } from '../../src/environment/foreign-interpreter.ts';

const version = [3, 11, 7] as const;
const own = {
  executable: '/usr/bin/python3',
  version,
  versionText: '3.11.7',
  implementation: 'cpython',
  platform: 'linux-x86_64',
  libDirName: 'python3.11',
  markers: { sys_platform: 'linux', platform_machine: 'x86_64', python_version: '3.11', os_name: 'posix' },
  tags: supportedTags({ implementation: 'cpython', version, platform: 'linux-x86_64', glibc: [2, 36] }),
} as unknown as Interpreter;

describe('The interpreter of another machine', () => {
  test('has the tags of its platform, best first, and no others', () => {
    const { tags } = foreignInterpreter(own, { platforms: ['manylinux_2_28_aarch64'], pythonVersion: '3.12' });
    expect(tags[0]).toBe('cp312-cp312-manylinux_2_28_aarch64');
    expect(tags).toContain('cp312-abi3-manylinux2014_aarch64');
    expect(tags).toContain('py3-none-any');
    expect(tags.filter((tag) => /x86_64|-linux_|2_29/.test(tag))).toEqual([]);
  });

  test('takes several platforms in their order', () => {
    const { tags } = foreignInterpreter(own, { platforms: ['manylinux2014_x86_64', 'linux_x86_64'] });
    expect(tags.indexOf('cp311-cp311-manylinux_2_17_x86_64')).toBeLessThan(tags.indexOf('cp311-cp311-linux_x86_64'));
    expect(new Set(tags).size).toBe(tags.length);
  });

  test.each([
    ['win_amd64', { sys_platform: 'win32', platform_system: 'Windows', platform_machine: 'AMD64', os_name: 'nt' }],
    ['macosx_11_0_arm64', { sys_platform: 'darwin', platform_system: 'Darwin', platform_machine: 'arm64' }],
    ['musllinux_1_2_aarch64', { sys_platform: 'linux', platform_machine: 'aarch64', os_name: 'posix' }],
  ])('answers markers as %s does', (platform, markers) => {
    expect(foreignInterpreter(own, { platforms: [platform] }).markers).toMatchObject(markers);
  });

  test.each([
    ['3.9', '3.9.0', '3.9'],
    ['3.9.18', '3.9.18', '3.9'],
    ['313', '3.13.0', '3.13'],
  ])('of Python %s is %s', (text, full, short) => {
    const python = foreignInterpreter(own, { pythonVersion: text });
    expect(python.versionText).toBe(full);
    expect(python.markers).toMatchObject({ python_version: short, python_full_version: full });
    expect(python.tags[0]).toBe(`cp${short.replace('.', '')}-cp${short.replace('.', '')}-linux_x86_64`);
    expect(python.tags).toContain(`cp${short.replace('.', '')}-abi3-manylinux_2_36_x86_64`);
  });

  test('takes only the ABIs that were named, and those that fit any', () => {
    const { tags } = foreignInterpreter(own, { abis: ['cp311'], pythonVersion: '3.11' });
    expect(new Set(tags.map((tag) => tag.split('-')[1]))).toEqual(new Set(['cp311', 'abi3', 'none']));
  });

  test('of no implementation in particular takes pure wheels alone', () => {
    const { tags } = foreignInterpreter(own, { implementation: 'py', platforms: ['any'] });
    expect(tags).toContain('py3-none-any');
    expect(tags.some((tag) => tag.startsWith('cp'))).toBe(false);
  });

  test.each([
    { platforms: ['amiga'] },
    { pythonVersion: '2.7' },
    { pythonVersion: 'three' },
    { implementation: 'iron' },
  ])('is refused where %j means nothing', (options) => {
    expect(() => foreignInterpreter(own, options)).toThrow(expect.objectContaining({ code: 'WHEELWRIGHT_USAGE' }));
  });
});
