// Packages made here whose pages and requirements have the shape of sets that are hard to resolve. Only their metadata is
// read, and nothing of them changes between runs. Each set states the one right answer.
import { createHash } from 'node:crypto';
import { buildWheel } from '@wheelwright/testkit/wheels';
import type { Bench } from './types.ts';

/** Requirements, and the pins that every resolver must find: `name==version`, sorted. */
export interface Puzzle {
  readonly requirements: readonly string[];
  readonly pins: readonly string[];
}

/** Forty packages in a chain, with 300 versions each: each wants a newer version of the next one than the last did. */
export function longPages(bench: Bench): Puzzle {
  const [packages, versions] = [40, bench.size(300)];
  const name = (n: number) => `page-${n}`;
  for (let n = 0; n < packages; n += 1) {
    for (let version = 1; version <= versions; version += 1) {
      const next = [n + 1, n + 2].filter((other) => other < packages);
      const requires = next.map((other) => `${name(other)} <=1.${versions},>=1.${Math.max(1, version - 5)}`);
      offer(bench, name(n), `1.${version}`, requires);
    }
  }
  const pins = Array.from({ length: packages }, (_, n) => `${name(n)}==1.${versions}`).sort();
  return { requirements: [name(0)], pins };
}

/** A client and its core in lockstep, of which only the oldest versions do not limit a third package. */
export function lockstep(bench: Bench): Puzzle {
  const [versions, free] = [bench.size(600), bench.size(40)];
  for (let version = 1; version <= versions; version += 1) {
    const core = `step-core <1.${version + 1}.0,>=1.${version}.0`;
    offer(bench, 'step-client', `1.${version}.0`, [core, 'step-transfer <2,>=1.1']);
    offer(bench, 'step-core', `1.${version}.0`, version <= free ? [] : ['step-net <1.27,>=1.25.4']);
  }
  for (let version = 1; version <= 9; version += 1)
    offer(bench, 'step-transfer', `1.${version}`, [`step-core <2,>=1.${version}.0`]);
  for (const version of ['1.25.4', '1.26.9', '2.0', '2.1']) offer(bench, 'step-net', version, []);
  return {
    requirements: ['step-net>=2', `step-core<1.${Math.floor(versions / 2)}`, 'step-client'],
    pins: [
      `step-client==1.${free}.0`,
      `step-core==1.${free}.0`,
      'step-net==2.1',
      `step-transfer==1.${Math.min(9, free)}`,
    ],
  };
}

/** An application with 60 extras, whose metadata has hundreds of lines with markers, and their packages. */
export function manyExtras(bench: Bench): Puzzle {
  const [extras, versions] = [60, bench.size(40)];
  const name = (n: number) => `provider-${n}`;
  const every = Array.from({ length: extras }, (_, n) => n);
  for (let version = 1; version <= versions; version += 1) {
    const lines = every.flatMap((n) => [
      `${name(n)} >=1.${Math.max(1, version - 9)} ; extra == 'e${n}'`,
      `${name(n)} >=1.${Math.max(1, version - 9)} ; (python_version >= '3.8' and sys_platform != 'win32') and extra == 'all'`,
      `absent-${n} ; python_version < '3.8' and extra == 'all'`,
      `absent-${n} ; sys_platform == 'win32'`,
    ]);
    offer(bench, 'application', `1.${version}`, lines, ['all', ...every.map((n) => `e${n}`)]);
    for (const n of every) offer(bench, name(n), `1.${version}`, [`application >=1.${version}`]);
  }
  const pins = [`application==1.${versions}`, ...every.map((n) => `${name(n)}==1.${versions}`)].sort();
  return { requirements: ['application[all]'], pins };
}

const offered = new Set<string>();

function offer(
  bench: Bench,
  name: string,
  version: string,
  requires: readonly string[],
  extras: readonly string[] = [],
): void {
  const stem = `${name.replaceAll('-', '_')}-${version}`;
  if (offered.has(stem)) return;
  offered.add(stem);
  const filename = `${stem}-py3-none-any.whl`;
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((one) => `Requires-Dist: ${one}`),
    ...extras.map((one) => `Provides-Extra: ${one}`),
  ];
  const metadata = `${lines.join('\n')}\n`;
  // Only pip downloads what it has chosen, also in a dry run.
  const { bytes: data } = buildWheel({ name, version, metadataText: metadata });
  const sha256 = createHash('sha256').update(data).digest('hex');
  bench.server.add({ filename, data, project: name, metadata, hashes: { sha256 } });
}
