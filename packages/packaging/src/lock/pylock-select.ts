// What a lock file installs into one environment: the steps of the specification's section "Installation", as a pure
// decision over a checked lock.

import type { MarkerEnvironment } from '../markers/marker.ts';
import { evaluateMarker, type MarkerSelection } from '../markers/marker-evaluate.ts';
import { foldName, type NormalizedName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { parseWheelFilename } from '../tags/filename.ts';
import { tagRank } from '../tags/tag.ts';
import { formatSpecifiers, type SpecifierSet, satisfies } from '../versions/specifier.ts';
import { tryParseVersion } from '../versions/version.ts';
import type { Pylock, PylockFile, PylockPackage } from './pylock.ts';

/** For which environment to select, and what beside the packages that every environment gets. */
export interface SelectPackagesOptions {
  /** The facts that the markers ask for. */
  readonly environment: MarkerEnvironment;
  /** The tags that the interpreter supports, best first. */
  readonly tags: readonly string[];
  /** The extras to install, in any spelling; none by default. */
  readonly extras?: readonly string[] | undefined;
  /** The dependency groups to install, in any spelling; the lock's default groups by default. */
  readonly dependencyGroups?: readonly string[] | undefined;
  /** Whether to take the sdist of a package that has one although a wheel fits; never by default. */
  readonly preferSdist?: ((name: NormalizedName) => boolean) | undefined;
}

/** A package to install, and from what. */
export interface SelectedPackage {
  /** The package as the lock has it. */
  readonly package: PylockPackage;
  /** The wheel that fits best; where it is absent, the package's sdist, archive, directory or vcs is the source. */
  readonly wheel?: PylockFile | undefined;
}

/**
 * The packages of `lock` for an environment, in the order of the file. Throws `PACKAGING_INVALID_PYLOCK` where the lock is
 * not for that environment, does not know an extra or a group that is asked for, names a package twice for the environment,
 * or has no file of a package that fits.
 */
export function selectPackages(lock: Pylock, options: SelectPackagesOptions): readonly SelectedPackage[] {
  const { environment, tags, extras = [], dependencyGroups = lock.defaultGroups, preferSdist } = options;
  checkSelection(lock, extras, options.dependencyGroups ?? []);
  const selection: MarkerSelection = { extras, dependencyGroups };
  checkEnvironment(lock, environment);
  const selected = lock.packages.filter(({ marker }) => !marker || evaluateMarker(marker, environment, selection));
  const names = new Set<string>();
  return selected.map((locked) => {
    if (names.has(locked.name)) throw refuse(`${locked.name} is in it twice for this environment`);
    names.add(locked.name);
    checkPython(locked.requiresPython, environment, locked.name);
    const isSource = locked.sdist !== undefined && preferSdist?.(locked.name) === true;
    return { package: locked, wheel: isSource ? undefined : chooseWheel(locked, tags) };
  });
}

function checkSelection(lock: Pylock, extras: readonly string[], groups: readonly string[]): void {
  const known = new Set([...lock.dependencyGroups, ...lock.defaultGroups].map(foldName));
  const unknownExtras = extras.filter((extra) => !lock.extras.some((name) => name === foldName(extra)));
  const unknownGroups = groups.filter((group) => !known.has(foldName(group)));
  if (unknownExtras.length > 0) throw refuse(`it has no extra ${unknownExtras.map(quote).join(', ')}`);
  if (unknownGroups.length > 0) throw refuse(`it has no dependency group ${unknownGroups.map(quote).join(', ')}`);
}

function checkEnvironment({ environments, requiresPython }: Pylock, environment: MarkerEnvironment): void {
  checkPython(requiresPython, environment, 'the lock file');
  if (environments !== undefined && !environments.some((marker) => evaluateMarker(marker, environment, {}))) {
    throw refuse('it is for other environments than this');
  }
}

function checkPython(specifiers: SpecifierSet | undefined, environment: MarkerEnvironment, subject: string): void {
  const text = environment.python_full_version;
  const version = tryParseVersion(text.endsWith('+') ? `${text}local` : text);
  if (!specifiers || (version && satisfies(version, specifiers, { prereleases: true }))) return;
  throw refuse(`${subject} needs Python ${formatSpecifiers(specifiers)}, and this is ${text}`);
}

function chooseWheel(locked: PylockPackage, tags: readonly string[]): PylockFile | undefined {
  let best: { readonly rank: number; readonly wheel: PylockFile } | undefined;
  for (const wheel of locked.wheels) {
    const rank = tagRank(parseWheelFilename(wheel.filename).tags, tags);
    if (rank !== undefined && (!best || rank < best.rank)) best = { rank, wheel };
  }
  if (!best && locked.wheels.length > 0 && !locked.sdist) {
    throw refuse(`none of the wheels of ${locked.name} fits this interpreter, and there is no sdist`);
  }
  return best?.wheel;
}

function refuse(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_PYLOCK', `The lock file cannot be installed here: ${reason}.`, {
    hint: 'Lock again for this environment.',
  });
}
