// Decides what an environment becomes: pure, from what is there and what is wanted. Nothing is written after a
// refusal here, and everything that can be refused by looking at names and hashes is refused here.
import type { NormalizedName } from '@wheelwright/packaging';
import { settleClaims, type WheelClaims } from './claims.ts';
import { InstallError } from './install-error.ts';
import { protection } from './protected-paths.ts';
import { type PlacedFile, placeFiles, within } from './schemes.ts';
import { type PlannedScript, plannedScripts } from './scripts.ts';
import type {
  EnvironmentChange,
  FileConflict,
  InstalledFile,
  InstalledOwner,
  InstalledState,
  NamedVersion,
  VersionChange,
  WheelTree,
} from './types.ts';

/** A wheel to be laid down. */
export interface PlannedWheel {
  readonly wheel: WheelTree;
  /** What it owns of itself, with the content that will lie there, sorted as the wheel is. */
  readonly owned: readonly InstalledFile[];
  /** Those of its files whose content is taken from its tree; the others lie there already or lost a conflict. */
  readonly lay: readonly PlacedFile[];
  readonly scripts: readonly PlannedScript[];
  /** The names of those scripts that it makes; the others are made already, or lost a conflict. */
  readonly ownScripts: ReadonlySet<string>;
}

/** What to do, and what to tell about it. */
export interface InstallPlan {
  /** False: the environment is as wanted and nothing is to be touched. */
  readonly changed: boolean;
  readonly wheels: readonly PlannedWheel[];
  readonly kept: readonly InstalledOwner[];
  /** Files of the present prefix, relative to it, that do not come along. */
  readonly drop: ReadonlySet<string>;
  /** Directories of the same that do not come along whatever is in them. */
  readonly dropDirectories: ReadonlySet<string>;
  /** Kept distributions whose RECORD must tell of other content from now on. */
  readonly overridden: ReadonlyMap<NormalizedName, readonly InstalledFile[]>;
  readonly installed: readonly NamedVersion[];
  readonly removed: readonly NamedVersion[];
  readonly upgraded: readonly VersionChange[];
  readonly unchanged: readonly NamedVersion[];
  readonly conflicts: readonly FileConflict[];
}

/** What comes, what stays and what goes, by name; no file has been looked at. */
export interface Selection {
  /** By name. */
  readonly add: readonly WheelTree[];
  readonly unchanged: readonly WheelTree[];
  readonly gone: readonly InstalledOwner[];
  readonly kept: readonly InstalledOwner[];
}

/** The first half of a plan. Throws INSTALL_CONFLICT for one name twice, INSTALL_NOT_INSTALLED and INSTALL_NO_RECORD. */
export function selectDistributions(current: InstalledState, change: EnvironmentChange): Selection {
  const { add, unchanged } = sortAdded(current, change);
  return { add, unchanged, ...sortInstalled(current, change, add, unchanged) };
}

/** What to tell about a selection. */
export function accountOf({
  add,
  unchanged,
  gone,
  kept,
}: Selection): Pick<InstallPlan, 'changed' | 'installed' | 'removed' | 'upgraded' | 'unchanged'> {
  const before = new Map(gone.map((owner) => [owner.name, owner.version]));
  const stillThere = new Set([...add, ...kept].map(({ name }) => name));
  return {
    changed: add.length > 0 || gone.length > 0,
    installed: add.filter(({ name, version }) => (before.get(name) ?? version) === version).map(named),
    removed: gone.filter(({ name }) => !stillThere.has(name)).map(named),
    upgraded: add
      .filter(({ name, version }) => (before.get(name) ?? version) !== version)
      .map(({ name, version }) => ({ name, from: before.get(name)!, to: version })),
    unchanged: unchanged.map(named),
  };
}

/**
 * The plan that turns `current` into what `change` asks for.
 * Throws INSTALL_CONFLICT, INSTALL_PROTECTED_PATH, INSTALL_BAD_SCRIPT, INSTALL_NOT_INSTALLED or INSTALL_NO_RECORD.
 */
export function planInstall(current: InstalledState, change: EnvironmentChange): InstallPlan {
  const selection = selectDistributions(current, change);
  const { add, gone, kept } = selection;
  const claims = add.map((wheel) => claimsOf(wheel, current));
  const settled = settleClaims(
    claims,
    kept,
    current.layout,
    change.onConflict ?? 'error',
    add.length > 0 ? current.lost : [],
  );

  const drop = new Set<string>();
  for (const owner of gone) {
    for (const { path } of owner.files ?? []) {
      // A RECORD may name anything; what makes the environment one stays.
      if (protection(path, current.layout.sitePackages) === undefined) drop.add(path);
    }
  }
  if (drop.size > 0) for (const owner of kept) for (const file of owner.files ?? []) drop.delete(file.path);
  for (const path of settled.overridden.keys()) drop.add(path);
  for (const path of change.discard ?? []) drop.add(path);

  const wheels = claims.map(({ wheel, placed, scripts }): PlannedWheel => {
    const wins = (path: string) => {
      const { owner, kept } = settled.winners.get(path)!;
      return owner === wheel.name && !kept;
    };
    const lay = placed.filter(({ target }) => wins(target));
    const ownScripts = scripts.filter(({ name }) => wins(`${current.layout.scripts}/${name}`)).map(({ name }) => name);
    const targets = placed.map(({ target }) => target);
    // A command that it does not get is a file of another: what that file is, as far as its claim says so.
    for (const { name } of scripts) {
      const target = within(current.layout.scripts, name);
      if (!wins(target) && settled.winners.get(target)!.sha256 !== undefined) targets.push(target);
    }
    const owned = targets.map((target) => {
      const { sha256, size } = settled.winners.get(target)!;
      return { path: target, sha256, size };
    });
    return { wheel, owned, lay, scripts, ownScripts: new Set(ownScripts) };
  });
  const account = accountOf(selection);
  return {
    ...account,
    changed: account.changed || change.renew === true || (change.discard?.length ?? 0) > 0,
    wheels,
    kept,
    drop,
    dropDirectories: new Set([...gone.map((owner) => owner.distInfoDir), ...(change.discard ?? [])]),
    overridden: overriddenByOwner(kept, settled.overridden),
    conflicts: settled.conflicts,
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

function isThere(current: InstalledState, { force = [] }: EnvironmentChange, wheel: WheelTree): boolean {
  if (force === true || (force !== false && force.includes(wheel.name))) return false;
  const there = current.distributions.filter(({ name }) => name === wheel.name);
  return there.length === 1 && there[0]!.version === wheel.version && there[0]!.wheelSha256 === wheel.sha256;
}

function sortInstalled(
  current: InstalledState,
  change: EnvironmentChange,
  add: readonly WheelTree[],
  unchanged: readonly WheelTree[],
): { gone: InstalledOwner[]; kept: InstalledOwner[] } {
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
  for (const owner of current.distributions) {
    const isUnwanted = removed.has(owner.name) || (change.exact !== undefined && !stays.has(owner.name));
    const leaves = isUnwanted || owner.superseded === true;
    if (isUnwanted && owner.files === undefined && !replaced.has(owner.name)) refuseUnrecorded(current, owner);
    (leaves || replaced.has(owner.name) ? gone : kept).push(owner);
  }
  return { gone, kept };
}

function claimsOf(wheel: WheelTree, { layout }: InstalledState): WheelClaims {
  const scripts = plannedScripts(wheel.name, wheel.entryPoints);
  // A script file and an entry point of one name: the entry point, as pip does.
  const commands = new Set(scripts.map(({ name }) => `${layout.scripts}/${name}`));
  const placed = placeFiles(wheel, layout).filter(({ root, target }) => !root.scripts || !commands.has(target));
  return { wheel, placed, scripts };
}

function overriddenByOwner(
  kept: readonly InstalledOwner[],
  overridden: ReadonlyMap<string, { readonly sha256?: string | undefined; readonly size?: number | undefined }>,
): Map<NormalizedName, InstalledFile[]> {
  const byOwner = new Map<NormalizedName, InstalledFile[]>();
  if (overridden.size === 0) return byOwner;
  for (const { name, files = [] } of kept) {
    const changed = files.filter(({ path }) => overridden.has(path));
    if (changed.length === 0) continue;
    byOwner.set(
      name,
      changed.map(({ path }) => ({ path, sha256: overridden.get(path)!.sha256, size: overridden.get(path)!.size })),
    );
  }
  return byOwner;
}

function refuseTwo(one: WheelTree, other: WheelTree): never {
  const versions =
    one.version === other.version ? `two wheels of ${one.version}` : `${one.version} and ${other.version}`;
  throw new InstallError('INSTALL_CONFLICT', `${one.name} was asked for twice: ${versions}.`, {
    hint: 'Nothing was changed; name one of them.',
    data: { name: one.name, versions: [one.version, other.version] },
  });
}

function refuseUnrecorded(current: InstalledState, owner: InstalledOwner): never {
  throw new InstallError(
    'INSTALL_NO_RECORD',
    `${owner.name} ${owner.version} has no RECORD, so its files are unknown.`,
    {
      hint: `Nothing was changed. Install ${owner.name} again, then uninstall it.`,
      data: { name: owner.name, path: `${current.prefixDir}/${owner.distInfoDir}` },
    },
  );
}

function named({ name, version }: NamedVersion): NamedVersion {
  return { name, version };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
