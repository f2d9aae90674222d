// Describes why no wheel of a version matches a target: because of its Python, its ABI or its platform.
import { expandTags } from '@wheelwright/packaging';
import type { WheelTarget } from '../requirements/distribution-source.ts';

/** Completes a sentence whose subject is the version: `has wheels for cp36–cp39 only, this is cp311`. */
export function describeUnfitWheels(filenames: readonly string[], target: WheelTarget): string {
  const tags = filenames.flatMap((filename) => tryExpand(filename));
  if (tags.length === 0) return 'has no wheel with a valid name';
  const supported = target.tags.map((tag) => tag.split('-') as [string, string, string]);
  const pythons = new Set(supported.map(([python, abi]) => `${kindOfAbi(abi)} ${python}`));
  const abis = new Set(supported.map(([, abi]) => abi));
  const fitsPython = tags.filter(([python, abi]) => pythons.has(`${kindOfAbi(abi)} ${python}`));
  const [ownPython = '', ownAbi = '', ownPlatform = ''] = supported[0] ?? [];
  if (fitsPython.length === 0)
    return sentence(
      tags.map(([python]) => python),
      ownPython,
    );
  const fitsAbi = fitsPython.filter(([, abi]) => abis.has(abi));
  if (fitsAbi.length === 0)
    return sentence(
      fitsPython.map(([, abi]) => abi),
      ownAbi,
    );
  return sentence(
    fitsAbi.map(([, , platform]) => platform),
    ownPlatform,
  );
}

/** A Python can use older wheels with the stable ABI or without ABI; every other ABI belongs to one Python version. */
function kindOfAbi(abi: string): string {
  return abi === 'none' || abi.startsWith('abi3') ? abi : 'own';
}

function sentence(found: readonly string[], own: string): string {
  return `has wheels for ${ranges([...new Set(found)])} only, this is ${own}`;
}

/** Formats `cp36, cp37, cp38` as `cp36–cp38`, and shortens long lists. */
function ranges(names: readonly string[]): string {
  const ordered = [...names].sort(byNumber);
  const groups: string[][] = [];
  for (const name of ordered) {
    const group = groups.at(-1);
    if (group !== undefined && follows(group.at(-1)!, name)) group.push(name);
    else groups.push([name]);
  }
  const texts = groups.map((group) => (group.length > 2 ? `${group[0]}–${group.at(-1)}` : group.join(', ')));
  return texts.length <= 6 ? texts.join(', ') : `${texts.slice(0, 5).join(', ')} and ${texts.length - 5} more`;
}

function byNumber(a: string, b: string): number {
  const [one, other] = [parts(a), parts(b)];
  if (one.prefix !== other.prefix) return one.prefix < other.prefix ? -1 : 1;
  return one.number - other.number || (a < b ? -1 : 1);
}

function follows(before: string, name: string): boolean {
  const [one, other] = [parts(before), parts(name)];
  return one.prefix === other.prefix && other.number === one.number + 1;
}

/** Splits `cp310` into `cp3` and the minor version 10. */
function parts(name: string): { prefix: string; number: number } {
  const match = /^([a-z]+\d)(\d+)$/.exec(name);
  return match === null ? { prefix: name, number: 0 } : { prefix: match[1]!, number: Number(match[2]) };
}

function tryExpand(filename: string): [string, string, string][] {
  const compressed = /-([^-]+-[^-]+-[^-]+)\.whl$/i.exec(filename)?.[1];
  try {
    return compressed === undefined
      ? []
      : expandTags(compressed).map((tag) => tag.split('-') as [string, string, string]);
  } catch {
    return [];
  }
}
