// Which distributions come, stay and go: the first half of a plan, by names and versions alone. Pure.
import { type DirectUrl, formatDirectUrl, type NormalizedName, parseDirectUrl } from '@wheelwright/packaging';
import { InstallError } from '../model/install-error.ts';
import type {
  EnvironmentChange,
  FileConflict,
  InstalledOwner,
  InstalledState,
  NamedVersion,
  UnremovableDistribution,
} from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import type { ChangeSummary } from './change-result.ts';
import { refuseUnrecorded, whyUnknown } from './refuse-unrecorded.ts';

/** Which distributions come, stay and go, by name; no file was compared. */
export interface Selection {
  /** Wheels to install, sorted by name. */
  readonly add: readonly WheelTree[];
  /** Wheels that are installed already. */
  readonly unchanged: readonly WheelTree[];
  /** Distributions that go, among them those that a wheel of `add` replaces. */
  readonly gone: readonly InstalledOwner[];
  readonly kept: readonly InstalledOwner[];
  /** The distributions of `kept` that `exact` does not want and whose files are unknown. */
  readonly unremovable: readonly UnremovableDistribution[];
}

/**
 * The first half of a plan. Throws INSTALL_NAMED_TWICE where `add` has two different wheels of one name,
 * INSTALL_NOT_INSTALLED and INSTALL_NO_RECORD.
 */
export function selectDistributions(current: InstalledState, change: EnvironmentChange): Selection {
  const { add, unchanged } = sortAdded(current, change);
  return { add, unchanged, ...sortInstalled(current, change, add, unchanged) };
}

/** Whether carrying out `selection` changes anything. */
export function isChange({ add, gone }: Selection, { renew = false, discard = [] }: EnvironmentChange): boolean {
  return add.length > 0 || gone.length > 0 || renew || discard.length > 0;
}

/** What `selection` does to distributions, with `conflicts` that were settled. */
export function summarize(
  { add, unchanged, gone, kept, unremovable }: Selection,
  conflicts: readonly FileConflict[],
): ChangeSummary {
  const before = new Map(gone.map((owner) => [owner.name, owner.version]));
  const stillThere = new Set([...add, ...kept].map(({ name }) => name));
  return {
    installed: add.filter(({ name, version }) => (before.get(name) ?? version) === version).map(named),
    removed: gone.filter(({ name }) => !stillThere.has(name)).map(named),
    upgraded: add
      .filter(({ name, version }) => (before.get(name) ?? version) !== version)
      .map(({ name, version }) => ({ name, from: before.get(name)!, to: version })),
    unchanged: unchanged.map(named),
    unremovable,
    conflicts,
  };
}

function sortAdded(current: InstalledState, change: EnvironmentChange): { add: WheelTree[]; unchanged: WheelTree[] } {
  const add = new Map<NormalizedName, WheelTree>();
  const unchanged = new Map<NormalizedName, WheelTree>();
  for (const wheel of [...change.add].sort((a, b) => compareText(a.name, b.name))) {
    const other = add.get(wheel.name) ?? unchanged.get(wheel.name);
    if (other !== undefined && other.sha256 !== wheel.sha256) refuseTwo(other, wheel);
    if (other === undefined) (isThere(current, change, wheel) ? unchanged : add).set(wheel.name, wheel);
  }
  return { add: [...add.values()], unchanged: [...unchanged.values()] };
}

function isThere(current: InstalledState, change: EnvironmentChange, wheel: WheelTree): boolean {
  if (isForced(change, wheel.name)) return false;
  const there = current.distributions.filter(({ name }) => name === wheel.name);
  const [one] = there;
  if (one === undefined || there.length > 1) return false;
  return one.version === wheel.version && one.wheelSha256 === wheel.sha256 && isFrom(one.directUrl, wheel.directUrl);
}

/**
 * Two commits, or two source trees, may build the same wheel; the environment says which one was asked for. An index and
 * an archive leave it as it is: the same wheel is the same wheel, wherever it comes from.
 */
function isFrom(installed: DirectUrl | undefined, directUrl: string | undefined): boolean {
  const wanted = directUrl === undefined ? undefined : tryParse(directUrl);
  if (wanted === undefined || wanted.archive !== undefined) return true;
  return installed !== undefined && formatDirectUrl(installed) === formatDirectUrl(wanted);
}

function tryParse(directUrl: string): DirectUrl | undefined {
  try {
    return parseDirectUrl(directUrl);
  } catch {
    return undefined; // A text that names no place names no other place than that of what is installed.
  }
}

function isForced({ force = [] }: EnvironmentChange, name: NormalizedName): boolean {
  return force === true || (force !== false && force.includes(name));
}

function sortInstalled(
  current: InstalledState,
  change: EnvironmentChange,
  add: readonly WheelTree[],
  unchanged: readonly WheelTree[],
): Pick<Selection, 'gone' | 'kept' | 'unremovable'> {
  const replaced = new Set(add.map(({ name }) => name));
  const stays = new Set([...unchanged.map(({ name }) => name), ...(change.exact?.keep ?? [])]);
  const present = new Set(current.distributions.map(({ name }) => name));
  const missing = change.remove.filter((name) => !present.has(name) && !replaced.has(name));
  if (missing.length > 0) {
    throw new InstallError(
      'INSTALL_NOT_INSTALLED',
      `Not installed in ${current.environmentDir}: ${missing.join(', ')}.`,
      {
        data: { environmentDir: current.environmentDir, names: missing },
      },
    );
  }
  const removed = new Set(change.remove.filter((name) => !replaced.has(name)));
  const gone: InstalledOwner[] = [];
  const kept: InstalledOwner[] = [];
  const unremovable: UnremovableDistribution[] = [];
  for (const owner of current.distributions) {
    const isReplaced = replaced.has(owner.name);
    const isUnwanted = change.exact !== undefined && !stays.has(owner.name);
    const leaves = isReplaced || isUnwanted || removed.has(owner.name) || owner.superseded === true;
    if (!leaves) kept.push(owner);
    else if (owner.files !== undefined || (isReplaced && isForced(change, owner.name) && owner.form !== 'develop')) {
      gone.push(owner);
    } else if (isReplaced || removed.has(owner.name)) refuseUnrecorded(current, owner, isReplaced);
    else {
      kept.push(owner);
      unremovable.push({ name: owner.name, version: owner.version, reason: whyUnknown(owner) });
    }
  }
  return { gone, kept, unremovable };
}

function refuseTwo(one: WheelTree, other: WheelTree): never {
  const versions =
    one.version === other.version ? `two wheels of ${one.version}` : `${one.version} and ${other.version}`;
  throw new InstallError('INSTALL_NAMED_TWICE', `${one.name} was asked for twice: ${versions}.`, {
    hint: 'Nothing was changed; name one of them.',
    data: { name: one.name, versions: [one.version, other.version] },
  });
}

function named({ name, version }: NamedVersion): NamedVersion {
  return { name, version };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
