// The platform part of the tags: for linux by its C library (PEP 600, PEP 656), for macOS by version and architecture,
// for iOS and Android by version and ABI (PEP 730, PEP 738), for every other platform its own name.

import type { InterpreterFacts } from './interpreter-facts.ts';

/** The platforms whose binaries run there, best first. */
export function platformTags(facts: InterpreterFacts): readonly string[] {
  const name = facts.platform.replace(/[-. ]/g, '_').toLowerCase();
  if (name.startsWith('linux_')) return linuxTags(name.slice('linux_'.length), facts);
  const android = /^android_([0-9]+)_(.+)$/.exec(name);
  if (android) return androidTags(facts.android ?? Number(android[1]), android[2]!);
  const ios = /^ios_([0-9]+)_([0-9]+)_(.+)$/.exec(name);
  if (ios) return [...iosTags(facts.ios ?? [Number(ios[1]), Number(ios[2])], ios[3]!)];
  const mac = /^macosx-([0-9]+)\.([0-9]+)-(.+)$/.exec(facts.platform);
  if (mac) return [...macTags(facts.macos ?? [Number(mac[1]), Number(mac[2])], mac[3]!)];
  return [name];
}

const manylinuxArchitectures: readonly string[] = [
  'x86_64',
  'aarch64',
  'ppc64',
  'ppc64le',
  's390x',
  'loongarch64',
  'riscv64',
  'i686',
  'armv7l',
];
const legacyNames: Readonly<Record<string, string>> = {
  '2_17': 'manylinux2014',
  '2_12': 'manylinux2010',
  '2_5': 'manylinux1',
};

function linuxTags(machine: string, facts: InterpreterFacts): readonly string[] {
  let architecture = machine;
  if (facts.is32Bit) architecture = { x86_64: 'i686', aarch64: 'armv8l' }[machine] ?? machine;
  const architectures = architecture === 'armv8l' ? ['armv8l', 'armv7l'] : [architecture];
  return [
    ...architectures.map((name) => `linux_${name}`),
    ...(facts.glibc ? manylinuxTags(architectures, facts.glibc, facts.hardFloat ?? true) : []),
    ...(facts.musl ? musllinuxTags(architectures, facts.musl) : []),
  ];
}

function* manylinuxTags(
  architectures: readonly string[],
  [major, minor]: readonly [number, number],
  hardFloat: boolean,
): Iterable<string> {
  if (!architectures.some((name) => manylinuxArchitectures.includes(name))) return;
  if (architectures.includes('armv7l') && !hardFloat) return;
  const oldest = architectures.some((name) => name === 'x86_64' || name === 'i686') ? 5 : 17;
  if (major !== 2) return;
  for (const architecture of architectures) {
    for (let release = minor; release >= oldest; release -= 1) {
      yield `manylinux_2_${release}_${architecture}`;
      const legacy = legacyNames[`2_${release}`];
      if (legacy) yield `${legacy}_${architecture}`;
    }
  }
}

function* musllinuxTags(architectures: readonly string[], [major, minor]: readonly [number, number]): Iterable<string> {
  for (const architecture of architectures) {
    for (let release = minor; release >= 0; release -= 1) yield `musllinux_${major}_${release}_${architecture}`;
  }
}

// Up to 10.15 each year raised the minor number; since 11 it raises the major one. On Intel, and in universal binaries
// on any machine, what was built for 10.x still runs.
function* macTags([major, minor]: readonly [number, number], architecture: string): Iterable<string> {
  if (major === 10) {
    for (let release = minor; release >= 0; release -= 1) yield* macFormats(10, release, architecture);
    return;
  }
  for (let release = major; release > 10; release -= 1) yield* macFormats(release, 0, architecture);
  for (let release = 16; release > 3; release -= 1) {
    if (architecture === 'x86_64') yield* macFormats(10, release, architecture);
    else yield `macosx_10_${release}_universal2`;
  }
}

function* macFormats(major: number, minor: number, architecture: string): Iterable<string> {
  const old = major === 10;
  const formats = [architecture];
  if (architecture === 'x86_64' || architecture === 'i386') {
    if (old && minor < 4) return;
    formats.push('intel', ...(architecture === 'x86_64' ? ['fat64', 'fat3'] : ['fat3', 'fat']));
  }
  // Support for PowerPC ended with 10.5 on 64 bits and with 10.6 on 32 bits.
  if (architecture === 'ppc64') {
    if (!old || minor < 4 || minor > 5) return;
    formats.push('fat64');
  }
  if (architecture === 'ppc') {
    if (!old || minor > 6) return;
    formats.push('fat3', 'fat');
  }
  if (architecture === 'arm64' || architecture === 'x86_64') formats.push('universal2');
  if (['x86_64', 'i386', 'ppc64', 'ppc', 'intel'].includes(architecture)) formats.push('universal');
  for (const format of formats) yield `macosx_${major}_${minor}_${format}`;
}

// The first versions that can run CPython.
const oldestIos = 12;
const oldestAndroid = 16;

// Each earlier major version counts with the minor versions up to 9, more than any of them had.
function* iosTags([major, minor]: readonly [number, number], multiarch: string): Iterable<string> {
  if (major < oldestIos) return;
  for (let release = minor; release >= 0; release -= 1) yield `ios_${major}_${release}_${multiarch}`;
  for (let older = major - 1; older >= oldestIos; older -= 1) {
    for (let release = 9; release >= 0; release -= 1) yield `ios_${older}_${release}_${multiarch}`;
  }
}

function androidTags(apiLevel: number, abi: string): readonly string[] {
  const levels = Array.from({ length: Math.max(apiLevel - oldestAndroid + 1, 0) }, (_, index) => apiLevel - index);
  return levels.map((level) => `android_${level}_${abi}`);
}
