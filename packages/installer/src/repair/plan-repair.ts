// Plans the repair of what verifyEnvironment found: distributions to install again, leftovers to remove, files of the
// environment itself to write again. Reads, changes nothing; the caller finds the wheels.
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

/** A distribution to install again as it was. */
export interface RepairTarget {
  /** Its normalized name. */
  readonly name: NormalizedName;
  /** The version that was installed. */
  readonly version: string;
  /** Hexadecimal sha256 of its wheel; undefined where nothing says which wheel it was. */
  readonly wheelSha256: string | undefined;
  /** Whether a person asked for it (REQUESTED, PEP 376). */
  readonly requested: boolean;
  /** The text of its direct_url.json (PEP 610); undefined where it has none. */
  readonly directUrl: string | undefined;
  /** What is wrong with it. */
  readonly problems: readonly VerifyProblem[];
  /** Its dist-info is gone: only generation.json names it. */
  readonly lost?: boolean | undefined;
}

/** What to do, all of it in one change. */
export interface RepairPlan {
  /** Sorted by name. */
  readonly reinstall: readonly RepairTarget[];
  /** Leftovers of an interrupted pip, and paths in the way of files to install; relative to the prefix. */
  readonly discard: readonly string[];
  /** Files of the environment itself that are missing or edited: the change renews them. */
  readonly renew: readonly VerifyProblem[];
  /** Problems of paths without an owner: they stay. */
  readonly left: readonly VerifyProblem[];
  /** The shared packages of the environment are lost: `reinstall` is the whole set, which has to be made again as it was. */
  readonly whole: boolean;
}

/**
 * Examines the environment at the absolute path `environmentDir` and plans its repair, apart from the faults that
 * `restoreEnvironment` repairs. Needs no lock; the caller plans again under the lock before it changes something. Throws
 * what `readInstalledState` throws.
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
  // A distribution that came between the two reads is left out: the caller plans again under the lock.
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

/** Paths in the way of a damaged distribution: a directory in place of a file, or a file or link in place of a directory. */
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

/** A file in a dist-info that its RECORD does not list means that the RECORD is damaged: it counts as the distribution's. */
function ownersOf({ path: file, owners }: VerifyProblem, { distributions }: InstalledState): readonly string[] {
  if (owners.length > 0) return owners;
  return distributions.filter(({ distInfoDir }) => file.startsWith(`${distInfoDir}/`)).map(({ name }) => name);
}

/** pip renames what it removes to a name with `~` in place of the first letter; an interrupted pip leaves such names. */
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
  // Without INSTALLER no other program claims to have installed it.
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

/** Of two versions of one distribution: the one that has more of its files, else the newer one. */
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
