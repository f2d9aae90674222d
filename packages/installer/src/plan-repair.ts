// What it takes to put right what verifyEnvironment found: distributions to be installed again, leftovers to be thrown
// away, files of the environment itself to be written anew. Reads, changes nothing; the caller finds the wheels.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { compareVersions, type NormalizedName, tryParseVersion } from '@wheelwright/packaging';
import { readGeneration, readInstalledState, readText } from './installed-state.ts';
import type { PrefixOptions } from './prefix.ts';
import { within } from './schemes.ts';
import type { InstalledOwner, InstalledState } from './types.ts';
import { type VerifyProblem, verifyEnvironment } from './verify.ts';

/** A distribution that is to be installed again as it was. */
export interface RepairTarget {
  readonly name: NormalizedName;
  readonly version: string;
  /** The wheel that it came from, as far as anything says so. */
  readonly wheelSha256: string | undefined;
  readonly requested: boolean;
  /** The text of its direct_url.json. */
  readonly directUrl: string | undefined;
  readonly problems: readonly VerifyProblem[];
}

/** What to do, all of it in one transaction. */
export interface RepairPlan {
  readonly reinstall: readonly RepairTarget[];
  /** Leftovers of an interrupted pip, relative to the prefix. */
  readonly discard: readonly string[];
  /** Files of the environment itself are missing or edited. */
  readonly renew: readonly VerifyProblem[];
  /** What nobody knows whose it is; it stays. */
  readonly left: readonly VerifyProblem[];
}

/** Looks at the environment and plans its repair. For what is to be changed, the caller compares again under the lock. */
export function planRepair(environmentDir: string, options: PrefixOptions = {}): RepairPlan {
  const state = readInstalledState(environmentDir, options);
  const { problems } = verifyEnvironment(environmentDir, options);
  const discard = leftovers(state);
  const isDiscarded = ({ path: file }: VerifyProblem) =>
    discard.some((one) => file === one || file.startsWith(`${one}/`));
  const rest = problems.filter((problem) => problem.kind !== 'unfinished' && !isDiscarded(problem));
  const byOwner = new Map<string, VerifyProblem[]>();
  for (const problem of rest) {
    for (const owner of new Set(ownersOf(problem, state))) byOwner.set(owner, [...(byOwner.get(owner) ?? []), problem]);
  }
  const renew = byOwner.get('wheelwright') ?? [];
  byOwner.delete('wheelwright');
  // Whoever came between the two looks is not planned for: what is done is compared again under the lock.
  const known = new Set<string>(state.distributions.map(({ name }) => name));
  return {
    reinstall: [...byOwner]
      .filter(([name]) => known.has(name))
      .map(([name, found]) => target(state, name as NormalizedName, found))
      .sort(byName),
    discard,
    renew,
    left: rest.filter((problem) => ownersOf(problem, state).length === 0),
  };
}

/** What lies in a dist-info without standing in its RECORD says that the RECORD is not whole. */
function ownersOf({ path: file, owners }: VerifyProblem, { distributions }: InstalledState): readonly string[] {
  if (owners.length > 0) return owners;
  return distributions.filter(({ distInfoDir }) => file.startsWith(`${distInfoDir}/`)).map(({ name }) => name);
}

/** pip renames what it takes away to a name with `~` in the place of the first letter, and back or away at the end. */
function leftovers({ prefixDir, layout }: InstalledState): string[] {
  return readdirSync(path.join(prefixDir, layout.sitePackages))
    .filter((name) => name.startsWith('~'))
    .map((name) => within(layout.sitePackages, name))
    .sort();
}

function target(state: InstalledState, name: NormalizedName, problems: readonly VerifyProblem[]): RepairTarget {
  const known = readGeneration(state.prefixDir)?.distributions.find((one) => one.name === name);
  const there = state.distributions.filter((owner) => owner.name === name);
  const owner = there.find(({ version }) => version === known?.version) ?? best(there, problems);
  // Without INSTALLER nobody else claims to have installed it.
  const recorded = owner.installer === undefined && known?.version === owner.version ? known.sha256 : undefined;
  return {
    name,
    version: owner.version,
    wheelSha256: owner.wheelSha256 ?? recorded,
    requested: there.some(({ requested }) => requested),
    directUrl: readText(path.join(state.prefixDir, owner.distInfoDir, 'direct_url.json')),
    problems,
  };
}

/** Of two that say they are the same distribution: the one that more of lies there, then the newer one. */
function best(owners: readonly InstalledOwner[], problems: readonly VerifyProblem[]): InstalledOwner {
  const missing = new Set(problems.filter(({ kind }) => kind === 'missing').map((problem) => problem.path));
  const merit = ({ files }: InstalledOwner) =>
    files === undefined || files.length === 0
      ? -1
      : 1 - files.filter((file) => missing.has(file.path)).length / files.length;
  const version = ({ version: text }: InstalledOwner) => tryParseVersion(text);
  return [...owners].sort((a, b) => {
    const [one, other] = [version(a), version(b)];
    return merit(b) - merit(a) || (one && other ? compareVersions(other, one) : 0);
  })[0]!;
}

function byName(a: RepairTarget, b: RepairTarget): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
