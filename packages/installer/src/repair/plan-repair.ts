// What it takes to put right what verifyEnvironment found: distributions to be installed again, leftovers to be thrown
// away, files of the environment itself to be written anew. Reads, changes nothing; the caller finds the wheels.
import path from 'node:path';
import { listNames, lookAtEntry, readText } from '@wheelwright/atomic-fs';
import { compareVersions, type NormalizedName, tryParseVersion } from '@wheelwright/packaging';
import type { GenerationDistribution } from '@wheelwright/python';
import { layoutOf } from '../environment/layout-of.ts';
import { verifyEnvironment } from '../environment/verify-environment.ts';
import { within } from '../layout/schemes.ts';
import type { InstalledOwner, InstalledState, PrefixOptions } from '../model/types.ts';
import type { VerifyProblem } from '../model/verify-report.ts';
import { findEnvironmentFaults } from '../read/environment-faults.ts';
import { readGeneration } from '../read/generation-state.ts';
import { installerName } from '../read/owner-of.ts';

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
  /** Its dist-info is gone: only the environment's own record names it. */
  readonly lost?: boolean | undefined;
}

/** What to do, all of it in one transaction. */
export interface RepairPlan {
  readonly reinstall: readonly RepairTarget[];
  /** Leftovers of an interrupted pip, and what is in the way of what comes; relative to the prefix. */
  readonly discard: readonly string[];
  /** Files of the environment itself are missing or edited. */
  readonly renew: readonly VerifyProblem[];
  /** What nobody knows whose it is; it stays. */
  readonly left: readonly VerifyProblem[];
  /** What the environment shares is lost: `reinstall` is all that it holds, and has to be made again as it was. */
  readonly whole: boolean;
}

/**
 * Looks at the environment and plans its repair, but for what `restoreEnvironment` puts right. For what is to be changed,
 * the caller compares again under the lock.
 */
export function planRepair(environmentDir: string, options: PrefixOptions = {}): RepairPlan {
  const layout = layoutOf(environmentDir, options);
  const state = layout.read();
  const faults = options.target === undefined ? findEnvironmentFaults(environmentDir)?.faults : undefined;
  const ofItself = new Set(faults?.map(({ path: file }) => file));
  const verified = verifyEnvironment(environmentDir, options).problems;
  const moved = layout.findMovedScripts(state);
  const problems = [...verified, ...moved.filter((one) => !verified.some(({ path: file }) => file === one.path))];
  const inTheWay = blocking(state, problems);
  const discard = [...leftovers(state), ...inTheWay].sort();
  const isDiscarded = ({ path: file, owners }: VerifyProblem) =>
    owners.length === 0 && discard.some((one) => file === one || file.startsWith(`${one}/`));
  const rest = problems.filter(
    (problem) => problem.kind !== 'unfinished' && !isDiscarded(problem) && !ofItself.has(problem.path),
  );
  const byOwner = new Map<string, VerifyProblem[]>();
  for (const problem of rest) {
    for (const owner of new Set(ownersOf(problem, state))) byOwner.set(owner, [...(byOwner.get(owner) ?? []), problem]);
  }
  const renew = byOwner.get(installerName) ?? [];
  byOwner.delete(installerName);
  // Whoever came between the two looks is not planned for: what is done is compared again under the lock.
  const known = new Set<string>(state.distributions.map(({ name }) => name));
  const present = [...byOwner].filter(([name]) => known.has(name));
  const stated = byOwner.size === present.length ? [] : (readGeneration(state.prefixDir)?.distributions ?? []);
  const absent = stated.filter(({ name }) => byOwner.has(name) && !known.has(name));
  const lostSet = layout.findLostSet(state);
  return {
    whole: lostSet !== undefined,
    reinstall:
      lostSet?.map((one) => lostTarget(one, renew)) ??
      [
        ...present.map(([name, found]) => target(state, name as NormalizedName, found)),
        ...absent.map((one) => lostTarget(one, byOwner.get(one.name)!)),
      ].sort(byName),
    discard,
    renew,
    left: rest.filter((problem) => ownersOf(problem, state).length === 0),
  };
}

function lostTarget(distribution: GenerationDistribution, problems: readonly VerifyProblem[]): RepairTarget {
  const { name, version, sha256, requested, directUrl } = distribution;
  return { name: name as NormalizedName, version, wheelSha256: sha256, requested, directUrl, problems, lost: true };
}

/** What lies where a file or a directory of a damaged distribution has to be, and is of the other kind, or a link. */
function blocking({ prefixDir, distributions, layout }: InstalledState, problems: readonly VerifyProblem[]): string[] {
  const damaged = new Set(problems.filter(({ kind }) => kind !== 'unowned').flatMap(({ owners }) => owners));
  const found = new Set<string>();
  for (const { files = [] } of distributions.filter(({ name }) => damaged.has(name))) {
    for (const { path: file } of files) {
      const parts = file.startsWith(`${layout.sitePackages}/`) ? file.split('/') : [file];
      const from = parts.length === 1 ? 0 : layout.sitePackages.split('/').length;
      for (let length = from + 1; length <= parts.length; length += 1) {
        const at = parts.slice(0, length).join('/');
        const stats = lookAtEntry(path.join(prefixDir, at));
        if (stats === undefined) break;
        if (stats.isDirectory() === length < parts.length) continue;
        if (length < parts.length || stats.isDirectory()) found.add(at);
        break;
      }
    }
  }
  return [...found];
}

/** What lies in a dist-info without standing in its RECORD says that the RECORD is not whole. */
function ownersOf({ path: file, owners }: VerifyProblem, { distributions }: InstalledState): readonly string[] {
  if (owners.length > 0) return owners;
  return distributions.filter(({ distInfoDir }) => file.startsWith(`${distInfoDir}/`)).map(({ name }) => name);
}

/** pip renames what it takes away to a name with `~` in the place of the first letter, and back or away at the end. */
function leftovers({ prefixDir, layout }: InstalledState): string[] {
  return listNames(path.join(prefixDir, layout.sitePackages))
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
