// The tags that an interpreter supports, best first, from facts about it: what `packaging.tags.sys_tags` lists when run
// there (specification "Platform compatibility tags"). Since packaging 26.3 native linux tags precede manylinux ones.

import type { InterpreterFacts } from './interpreter-facts.ts';
import { platformTags } from './platform-tags.ts';

const shortNames: Readonly<Record<string, string>> = {
  python: 'py',
  cpython: 'cp',
  pypy: 'pp',
  ironpython: 'ip',
  jython: 'jy',
};

/** Every supported tag such as `cp311-cp311-linux_x86_64`, best first. */
export function supportedTags(facts: InterpreterFacts): readonly string[] {
  const short = shortNames[facts.implementation] ?? facts.implementation;
  const platforms = platformTags(facts);
  if (short === 'cp') {
    const interpreter = `cp${undotted(facts.version[0], facts.version[1])}`;
    return [...cpythonTags(facts, interpreter, platforms), ...compatibleTags(facts, interpreter, platforms)];
  }
  const interpreter = `${short}${undotted(facts.version[0], facts.version[1])}`;
  return [
    ...genericTags(facts, interpreter, platforms),
    ...compatibleTags(facts, short === 'pp' ? 'pp3' : undefined, platforms),
  ];
}

function* cpythonTags(facts: InterpreterFacts, interpreter: string, platforms: readonly string[]): Iterable<string> {
  const [major, minor] = facts.version;
  for (const abi of cpythonAbis(facts)) for (const platform of platforms) yield `${interpreter}-${abi}-${platform}`;
  const stable = major > 3 || (major === 3 && minor >= 2) ? [facts.threaded ? 'abi3t' : 'abi3'] : [];
  for (const abi of [...stable, 'none']) for (const platform of platforms) yield `${interpreter}-${abi}-${platform}`;
  for (const abi of stable) {
    for (let older = minor - 1; older > 1; older -= 1) {
      for (const platform of platforms) yield `cp${undotted(major, older)}-${abi}-${platform}`;
    }
  }
}

// A debug build also loads modules of a normal one, since 3.8.
function cpythonAbis({ version: [major, minor], threaded, debug }: InterpreterFacts): readonly string[] {
  const base = `cp${undotted(major, minor)}`;
  if (major === 3 && minor < 8) return [`${base}${debug ? 'd' : ''}m`];
  const normal = `${base}${threaded ? 't' : ''}`;
  return debug ? [`${normal}d`, normal] : [normal];
}

function* genericTags(facts: InterpreterFacts, interpreter: string, platforms: readonly string[]): Iterable<string> {
  for (const abi of new Set([...(facts.abis ?? []), 'none'])) {
    for (const platform of platforms) yield `${interpreter}-${abi}-${platform}`;
  }
}

function* compatibleTags(
  { version: [major, minor] }: InterpreterFacts,
  interpreter: string | undefined,
  platforms: readonly string[],
): Iterable<string> {
  const names = [`py${undotted(major, minor)}`, `py${major}`];
  for (let older = minor - 1; older >= 0; older -= 1) names.push(`py${undotted(major, older)}`);
  for (const name of names) for (const platform of platforms) yield `${name}-none-${platform}`;
  if (interpreter !== undefined) yield `${interpreter}-none-any`;
  for (const name of names) yield `${name}-none-any`;
}

function undotted(major: number, minor: number): string {
  return `${major}${minor}`;
}
