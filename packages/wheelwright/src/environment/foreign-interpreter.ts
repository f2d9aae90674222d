// Describes the interpreter of another machine from options: its wheel tags and its marker values. Pure. Values that the
// options do not name are those of this machine's interpreter.
import { type MarkerEnvironment, supportedTags } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

export interface PlatformOptions {
  /** Platform tags: `manylinux_2_28_x86_64`, `musllinux_1_2_aarch64`, `macosx_11_0_arm64`, `win_amd64`; best first. */
  readonly platforms?: readonly string[] | undefined;
  /** `3.11`, `3.11.4` or `311`. */
  readonly pythonVersion?: string | undefined;
  /** `cp`, `pp` or `py`. */
  readonly implementation?: string | undefined;
  /** For example `cp311`; `abi3` and `none` always match too. */
  readonly abis?: readonly string[] | undefined;
}

type Version = readonly [number, number, number];

/** `own` with the values of the other machine. Throws WHEELWRIGHT_USAGE for an unknown platform, version or implementation. */
export function foreignInterpreter(own: Interpreter, options: PlatformOptions): Interpreter {
  const { platforms = [], abis = [] } = options;
  const version = options.pythonVersion === undefined ? own.version : parseVersion(options.pythonVersion);
  const versionText = options.pythonVersion === undefined ? own.versionText : version.join('.');
  const implementation = options.implementation === undefined ? own.implementation : named(options.implementation);
  const described = platforms.map((tag) => parsePlatform(tag));
  const tags =
    described.length > 0
      ? described.flatMap(({ facts, isOurs }) => supportedTags({ implementation, version, ...facts }).filter(isOurs))
      : ownTags(own, implementation, version);
  const markers = { ...own.markers, ...described[0]?.markers, ...versionMarkers(version, versionText, implementation) };
  return {
    ...own,
    version,
    versionText,
    implementation,
    platform: described[0]?.facts.platform ?? own.platform,
    markers,
    tags: [...new Set(tags)].filter((tag) => fitsAbi(tag, abis)),
    libDirName: `${implementation === 'pypy' ? 'pypy' : 'python'}${version[0]}.${version[1]}`,
  };
}

function fitsAbi(tag: string, abis: readonly string[]): boolean {
  const abi = tag.split('-')[1]!;
  return abis.length === 0 || abi === 'abi3' || abi === 'none' || abis.includes(abi);
}

// The platform tags of this machine's interpreter, in its own order.
function ownTags(own: Interpreter, implementation: string, version: Version): readonly string[] {
  if (implementation === own.implementation && version.join('.') === own.version.join('.')) return own.tags;
  const platforms = [...new Set(own.tags.map((tag) => tag.slice(tag.lastIndexOf('-') + 1)))];
  const pattern = supportedTags({ implementation, version, platform: 'one' });
  return pattern.flatMap((tag) =>
    tag.endsWith('-one') ? platforms.filter((name) => name !== 'any').map((name) => tag.slice(0, -3) + name) : [tag],
  );
}

interface Platform {
  readonly facts: Omit<Parameters<typeof supportedTags>[0], 'implementation' | 'version'>;
  /** Selects, among the tags that such a machine supports, those of the named platform. */
  readonly isOurs: (tag: string) => boolean;
  readonly markers: Partial<MarkerEnvironment>;
}

const legacy: Readonly<Record<string, number>> = { manylinux1: 5, manylinux2010: 12, manylinux2014: 17 };

function parsePlatform(text: string): Platform {
  const tag = text.replace(/[-.]/g, '_');
  const linux = /^(?:(manylinux|musllinux)_(\d+)_(\d+)|(manylinux1|manylinux2010|manylinux2014)|linux)_(\w+)$/.exec(
    tag,
  );
  if (linux) {
    const [, family, major, minor, old, machine] = linux;
    const release: readonly [number, number] | undefined =
      old !== undefined ? [2, legacy[old]!] : family === undefined ? undefined : [Number(major), Number(minor)];
    const libc = release && (family === 'musllinux' ? { musl: release } : { glibc: release });
    const isOurs = (found: string) => libc === undefined || !found.endsWith(`-linux_${machine}`);
    return { facts: { platform: `linux-${machine}`, ...libc }, isOurs, markers: unixMarkers('Linux', machine!) };
  }
  const mac = /^macosx_(\d+)_(\d+)_(\w+)$/.exec(tag);
  if (mac) {
    const platform = `macosx-${mac[1]}.${mac[2]}-${mac[3]}`;
    return { facts: { platform }, isOurs: () => true, markers: unixMarkers('Darwin', mac[3]!) };
  }
  const windows = /^win(?:32|_(amd64|arm64))$/.exec(tag);
  if (windows) {
    const markers = {
      os_name: 'nt',
      sys_platform: 'win32',
      platform_system: 'Windows',
      platform_machine: { amd64: 'AMD64', arm64: 'ARM64' }[windows[1] ?? ''] ?? 'x86',
      ...unknown,
    };
    return { facts: { platform: tag }, isOurs: () => true, markers };
  }
  if (tag === 'any') return { facts: { platform: 'any' }, isOurs: () => true, markers: {} };
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `${text} is not a platform.`, {
    hint: 'Name it as in the file name of a wheel: manylinux_2_28_x86_64, musllinux_1_2_aarch64, macosx_11_0_arm64, win_amd64, any.',
  });
}

/** Marker values that cannot be known for another machine are empty. */
const unknown = { platform_release: '', platform_version: '' };

function unixMarkers(system: 'Linux' | 'Darwin', machine: string): Partial<MarkerEnvironment> {
  return {
    os_name: 'posix',
    sys_platform: system.toLowerCase(),
    platform_system: system,
    platform_machine: machine,
    ...unknown,
  };
}

const implementations: Readonly<Record<string, readonly [name: string, platformName: string]>> = {
  cp: ['cpython', 'CPython'],
  cpython: ['cpython', 'CPython'],
  pp: ['pypy', 'PyPy'],
  pypy: ['pypy', 'PyPy'],
  py: ['python', 'CPython'],
};

function versionMarkers(version: Version, text: string, implementation: string): Partial<MarkerEnvironment> {
  const platformName = Object.values(implementations).find(([name]) => name === implementation)?.[1];
  return {
    python_version: `${version[0]}.${version[1]}`,
    python_full_version: text,
    ...(platformName === undefined ? {} : { platform_python_implementation: platformName }),
    ...(implementation === 'python' ? {} : { implementation_name: implementation }),
    ...(implementation === 'cpython' ? { implementation_version: text } : {}),
  };
}

function named(text: string): string {
  const known = implementations[text.toLowerCase()];
  if (known !== undefined) return known[0];
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `${text} is not an implementation of Python.`, {
    hint: 'Name cp, pp or py.',
  });
}

function parseVersion(text: string): Version {
  const match = /^(3)\.(\d+)(?:\.(\d+))?$/.exec(text) ?? /^(3)(\d{1,2})$/.exec(text);
  if (match) return [3, Number(match[2]), Number(match[3] ?? 0)];
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `${text} is not a version of Python 3.`, {
    hint: 'Write 3.11 or 3.11.4.',
  });
}
