// What is offered of a name, and why the rest of it is not used: the lower half of a failure's message.
import { compareVersions, type NormalizedName, type Version } from '@wheelwright/packaging';
import type { Package } from './catalog.ts';
import type { RefusedVersion } from './ports.ts';
import { indices } from './version-set.ts';

const mostReasons = 4;

/** What no candidate tells of a name: versions without a usable file; undefined where no source knows the name. */
export type Refusals = ReadonlyMap<NormalizedName, readonly RefusedVersion[] | string | undefined>;

/** What is offered, and what of it is not used for which reason. */
export function offerLine({ name, candidates, exclusions, from }: Package, refusals: Refusals): string[] {
  if (candidates.length === 0) {
    return refusals.get(name) === undefined ? [`${name} is not offered by any index or link page`] : [];
  }
  const versions = textOf(candidates.map(({ version }) => version));
  const left = exclusions.map(({ reason, set }) => `${textOf(versionsOf(indices(set), candidates))} (${reason})`);
  return [`${name} is ${from} as ${versions}${left.length === 0 ? '' : `; not used: ${left.join(', ')}`}`];
}

/** Versions without a usable file: those that were asked for, or all of them where there is no other. */
export function refusalLines(
  { name, candidates }: Package,
  refused: readonly RefusedVersion[] | string,
  isWanted: (version: Version) => boolean,
): string[] {
  if (typeof refused === 'string') return [`${name} ${refused}`];
  const wanted = refused.filter(({ version }) => isWanted(version));
  const told = wanted.length === 0 && candidates.length === 0 ? refused : wanted;
  const grouped = new Map<string, Version[]>();
  for (const { version, reason } of told) grouped.set(reason, [...(grouped.get(reason) ?? []), version]);
  return [...grouped].slice(0, mostReasons).map(([reason, versions]) => {
    return `${name} ${textOf(versions)}${versions.length === 1 ? ' ' : ': each '}${reason}`;
  });
}

/** The versions of the candidates at these places. */
export function versionsOf(chosen: readonly number[], candidates: Package['candidates']): Version[] {
  return chosen.map((index) => candidates[index]!.version);
}

/** Versions upwards: each of a few, the ends of many. */
export function textOf(versions: readonly Version[]): string {
  const texts = [...versions].sort(compareVersions).map(({ text }) => text);
  if (texts.length <= 6) return texts.join(', ');
  return `${texts.slice(0, 2).join(', ')} … ${texts.slice(-2).join(', ')} (${texts.length} versions)`;
}
