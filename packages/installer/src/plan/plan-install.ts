// Decides what an environment becomes: pure, from what is there and what is wanted. Nothing is written after a
// refusal here, and everything that can be refused by looking at names and hashes is refused here.
import type { NormalizedName } from '@wheelwright/packaging';
import { plannedScripts, startedCommand } from '../layout/entry-point-scripts.ts';
import { protection } from '../layout/protected-paths.ts';
import { recordDigest } from '../layout/record-hash.ts';
import { type PlacedFile, placeFiles, within } from '../layout/schemes.ts';
import type { EnvironmentChange, InstalledFile, InstalledOwner, InstalledState, WheelTree } from '../model/types.ts';
import { settleClaims, type WheelClaims } from './claims.ts';
import type { InstallPlan, PlannedWheel } from './install-plan.ts';
import { accountOf, selectDistributions } from './select-distributions.ts';
import { findWholeWheels, type WholeWheel } from './whole-wheels.ts';

/**
 * The plan that turns `current` into what `change` asks for.
 * Throws INSTALL_CONFLICT, INSTALL_DIRECTORY_CONFLICT, INSTALL_NAMED_TWICE, INSTALL_PROTECTED_PATH, INSTALL_BAD_SCRIPT, INSTALL_NOT_INSTALLED or INSTALL_NO_RECORD.
 */
export function planInstall(current: InstalledState, change: EnvironmentChange): InstallPlan {
  const selection = selectDistributions(current, change);
  const { add, gone, kept } = selection;
  const known = new Map<WheelTree, WheelClaims>();
  const claimsOnce = (wheel: WheelTree) => {
    const claims = known.get(wheel) ?? claimsOf(wheel, current);
    known.set(wheel, claims);
    return claims;
  };
  const lost = add.length > 0 ? (current.lost ?? []) : [];
  // What lost a path once may have it back, whoever is whole.
  const whole = lost.length > 0 ? undefined : findWholeWheels(add, kept, current.layout, claimsOnce);
  const claims = add.filter((wheel) => whole?.has(wheel) !== true).map(claimsOnce);
  const settled = settleClaims(claims, kept, current.layout, change.onConflict ?? 'error', lost, current.lacks);

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

  const wheels = add.map((wheel): PlannedWheel => {
    const alone = whole?.get(wheel);
    if (alone !== undefined) return planWhole(wheel, alone, current);
    const { placed: claimed, scripts } = claimsOnce(wheel);
    // Of files of the wheel that differ and have one place (policy `last-wins`) the last, as of wheels.
    const placed = [...new Map(claimed.map((file) => [file.target, file])).values()];
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

function claimsOf(wheel: WheelTree, { layout }: InstalledState): WheelClaims {
  const scripts = plannedScripts(wheel.name, wheel.entryPoints);
  // A script file and an entry point of one name: the entry point, as pip and uv have it. So too with what setuptools
  // wrote for Windows beside it.
  const commands = new Set(scripts.map(({ name }) => `${layout.scripts}/${name}`));
  const placed = placeFiles(wheel, layout).filter(
    ({ root, target }) => !root.scripts || !commands.has(startedCommand(target)),
  );
  return { wheel, placed, scripts };
}

function planWhole(wheel: WheelTree, whole: WholeWheel, { layout }: InstalledState): PlannedWheel {
  const scripts = plannedScripts(wheel.name, wheel.entryPoints);
  let placed: readonly PlacedFile[] | undefined;
  let owned: readonly InstalledFile[] | undefined;
  return {
    wheel,
    scripts,
    ownScripts: new Set(scripts.map(({ name }) => name)),
    whole,
    get lay() {
      placed ??= placeFiles(wheel, layout);
      return placed;
    },
    get owned() {
      owned ??= this.lay.map(({ file, target }) => ({
        path: target,
        sha256: recordDigest(file.sha256),
        size: file.size,
      }));
      return owned;
    },
  };
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
