// Decides what an environment becomes, from what is there and what is wanted. Every refusal that names and hashes can
// decide is made here, before anything is written.
import { plannedScripts, startedCommand } from '../layout/entry-point-scripts.ts';
import { protection } from '../layout/protected-paths.ts';
import { recordDigest } from '../layout/record-hash.ts';
import { type PlacedFile, placeFiles, within } from '../layout/schemes.ts';
import type { EnvironmentChange, InstalledFile, InstalledOwner, InstalledState, LeavingPaths } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import { type SettledClaims, settleClaims, type WheelClaims } from './claims.ts';
import type { InstallPlan, Operation, PlannedWheel } from './install-plan.ts';
import { isChange, type Selection, selectDistributions, summarize } from './select-distributions.ts';
import { findWholeWheels, type WholeWheel } from './whole-wheels.ts';

/**
 * The plan that turns `current` into what `change` asks for. Pure, but for RECORDs that are read on their first use.
 * Throws INSTALL_CONFLICT, INSTALL_DIRECTORY_CONFLICT, INSTALL_NAMED_TWICE, INSTALL_PROTECTED_PATH, INSTALL_BAD_SCRIPT,
 * INSTALL_NOT_INSTALLED or INSTALL_NO_RECORD.
 */
export function planInstall(current: InstalledState, change: EnvironmentChange): InstallPlan {
  const selection = selectDistributions(current, change);
  const { whole, claimsOnce, settled } = settleSelection(current, change, selection);
  const wheels = selection.add.map((wheel) => {
    const alone = whole?.get(wheel);
    return alone === undefined ? planWheel(claimsOnce(wheel), settled, current) : planWhole(wheel, alone, current);
  });
  return {
    changed: isChange(selection, change),
    operations: operationsOf(selection, wheels, settled),
    leaving: leavingPaths(current, change, selection, settled),
    summary: summarize(selection, settled.conflicts),
  };
}

/** Who has each path: by directories for the wheels that no other distribution disputes a path with, else path by path. */
function settleSelection(current: InstalledState, change: EnvironmentChange, { add, kept }: Selection) {
  const known = new Map<WheelTree, WheelClaims>();
  const claimsOnce = (wheel: WheelTree) => {
    const claims = known.get(wheel) ?? claimsOf(wheel, current);
    known.set(wheel, claims);
    return claims;
  };
  const losers = add.length > 0 ? (current.losers ?? []) : [];
  // A distribution that lost a path may win it back, so no wheel takes the fast path.
  const whole = losers.length > 0 ? undefined : findWholeWheels(add, kept, current.layout, claimsOnce);
  const claims = add.filter((wheel) => whole?.has(wheel) !== true).map(claimsOnce);
  const settled = settleClaims(claims, kept, current.layout, change.onConflict ?? 'error', losers, current.lacks);
  return { whole, claimsOnce, settled };
}

function leavingPaths(
  { layout }: InstalledState,
  { discard = [] }: EnvironmentChange,
  { gone, kept }: Selection,
  { overridden }: SettledClaims,
): LeavingPaths {
  const files = new Set<string>();
  for (const owner of gone) {
    for (const { path } of owner.files ?? []) {
      // A RECORD may name any path; the files that make the directory an environment stay.
      if (protection(path, layout.sitePackages) === undefined) files.add(path);
    }
  }
  if (files.size > 0) for (const owner of kept) for (const file of owner.files ?? []) files.delete(file.path);
  for (const path of overridden.keys()) files.add(path);
  for (const path of discard) files.add(path);
  return { files, directories: new Set([...gone.map((owner) => owner.distInfoDir), ...discard]) };
}

function operationsOf(
  { gone, kept }: Selection,
  wheels: readonly PlannedWheel[],
  { overridden }: SettledClaims,
): Operation[] {
  const added = new Set(wheels.map(({ wheel }) => wheel.name));
  return [
    ...wheels.map((wheel): Operation => {
      const replaced = gone.filter(({ name }) => name === wheel.wheel.name);
      return replaced.length === 0 ? { kind: 'add', wheel } : { kind: 'replace', wheel, replaced };
    }),
    ...gone.filter(({ name }) => !added.has(name)).map((owner): Operation => ({ kind: 'remove', owner })),
    ...kept.map((owner): Operation => ({ kind: 'keep', owner, overridden: overriddenOf(owner, overridden) })),
  ];
}

/** Plans a wheel that shares paths with other wheels: the paths that it wins, and the content at each path it owns. */
function planWheel(
  { wheel, placed: claimed, scripts }: WheelClaims,
  settled: SettledClaims,
  { layout }: InstalledState,
): PlannedWheel {
  // Two files of the wheel can differ and have one place, under the policy `last-wins`: the last one counts.
  const placed = [...new Map(claimed.map((file) => [file.target, file])).values()];
  const wins = (path: string) => {
    const { owner, kept } = settled.winners.get(path)!;
    return owner === wheel.name && !kept;
  };
  const targets = placed.map(({ target }) => target);
  // A command that it does not win is a file of another distribution: RECORD states that file, where its claim does.
  for (const { name } of scripts) {
    const target = within(layout.scripts, name);
    if (!wins(target) && settled.winners.get(target)!.sha256 !== undefined) targets.push(target);
  }
  const owned = targets.map((target) => {
    const { sha256, size } = settled.winners.get(target)!;
    return { path: target, sha256, size };
  });
  const ownScripts = new Set(scripts.map(({ name }) => name).filter((name) => wins(`${layout.scripts}/${name}`)));
  return { wheel, owned, lay: placed.filter(({ target }) => wins(target)), scripts, ownScripts };
}

function claimsOf(wheel: WheelTree, { layout }: InstalledState): WheelClaims {
  const scripts = plannedScripts(wheel.name, wheel.entryPoints);
  // Of a script file and an entry point of one name the entry point wins, as with pip and uv; so does it over the files
  // that setuptools writes for Windows beside such a script.
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

function overriddenOf({ files }: InstalledOwner, overridden: SettledClaims['overridden']): readonly InstalledFile[] {
  if (overridden.size === 0) return [];
  return (files ?? []).flatMap(({ path }) => {
    const winner = overridden.get(path);
    return winner === undefined ? [] : [{ path, sha256: winner.sha256, size: winner.size }];
  });
}
