// Finds the wheels that share no path with another distribution. Nearly all wheels are such, and need no comparison file by
// file: they are planned, linked and recorded by their directories.
import { isSupportPath } from '@wheelwright/python';
import { plannedScripts } from '../layout/entry-point-scripts.ts';
import { isUnsafe } from '../layout/protected-paths.ts';
import { within, writtenByInstaller } from '../layout/schemes.ts';
import type { InstalledOwner, SchemeLayout } from '../model/types.ts';
import type { FileGroup, WheelTree } from '../model/wheel-tree.ts';
import { claimedPaths, type WheelClaims } from './claims.ts';

/** The files of a wheel that shares no path. */
export interface WholeWheel {
  /** All files but those that the installer writes, by directory below site-packages. */
  readonly groups: readonly FileGroup[];
  /** The rows of its files in a RECORD, sorted. */
  readonly record: string;
}

/** A directory that wheels claim files in, or in one below it. */
interface Claimed {
  readonly path: string;
  readonly owners: Set<WheelTree>;
  readonly groups: { readonly owner: WheelTree; readonly names: readonly string[] }[];
  /** Made on the first comparison with another distribution. */
  byName?: Map<string, WheelTree[]> | undefined;
}

/**
 * The wheels that no other distribution disputes a path with, as a file or as a directory. `claimsOf` gives the claims of
 * wheels that cannot be planned by directories.
 */
export function findWholeWheels(
  wheels: readonly WheelTree[],
  kept: readonly InstalledOwner[],
  layout: SchemeLayout,
  claimsOf: (wheel: WheelTree) => WheelClaims,
): ReadonlyMap<WheelTree, WholeWheel> {
  const whole = new Map<WheelTree, WholeWheel>();
  const table = new ClaimTable();
  for (const wheel of wheels) {
    const listed = wholeWheel(wheel, layout);
    if (listed === undefined) {
      for (const path of claimedPaths(claimsOf(wheel), layout)) table.addPath(wheel, path);
      continue;
    }
    whole.set(wheel, listed);
    for (const { directory, names } of listed.groups) {
      table.add(wheel, directory === '' ? layout.sitePackages : within(layout.sitePackages, directory), names);
    }
    table.add(wheel, within(layout.sitePackages, wheel.distInfoDir), writtenByInstaller);
    const scripts = plannedScripts(wheel.name, wheel.entryPoints).map(({ name }) => name);
    if (scripts.length > 0) table.add(wheel, layout.scripts, scripts);
  }
  if (whole.size === 0) return whole;
  for (const wheel of table.disputed(kept)) whole.delete(wheel);
  return whole;
}

// Undefined unless all files go to site-packages and none has a name of the environment's own files.
function wholeWheel({ listing, dataDir, distInfoDir, name, entryPoints }: WheelTree, layout: SchemeLayout) {
  // At the top of a prefix any two paths may collide.
  if (listing === undefined || layout.sitePackages === '') return undefined;
  // Read from the disk each time that it is asked for.
  const { record } = listing;
  const files = listing.groups.reduce((sum, { names }) => sum + names.length, 0);
  if (record === undefined || rowsIn(record) !== files) return undefined;
  const written = new Set(writtenByInstaller.map((file) => `${distInfoDir}/${file}`));
  const groups: FileGroup[] = [];
  for (const { directory, names } of listing.groups) {
    if (directory === dataDir || directory.startsWith(`${dataDir}/`)) return undefined;
    // A directory where the installer writes a file.
    if (written.has(directory)) return undefined;
    if (names.length === 0) continue;
    const target = directory === '' ? layout.sitePackages : within(layout.sitePackages, directory);
    const all = names.join('/');
    if (isUnsafe(`${target}/${all}`)) return undefined;
    // The environment's own files in site-packages have `wheelwright` in their names: only such names are compared.
    const mayBeSupport = all.includes('wheelwright') || target.includes('wheelwright');
    if (mayBeSupport && names.some((file) => isSupportPath(within(target, file)))) return undefined;
    const linked = directory === distInfoDir ? names.filter((file) => !writtenByInstaller.includes(file)) : names;
    if (linked.length > 0) groups.push({ directory, names: linked });
  }
  const scripts = plannedScripts(name, entryPoints);
  if (scripts.some((script) => isSupportPath(within(layout.scripts, script.name)))) return undefined;
  return { groups, record };
}

/** How many rows `record` has; no name in a wheel has a line end in it. */
function rowsIn(record: string): number {
  let rows = 0;
  for (let at = record.indexOf('\n'); at >= 0; at = record.indexOf('\n', at + 1)) rows += 1;
  return rows;
}

class ClaimTable {
  readonly #directories = new Map<string, Claimed>();

  add(owner: WheelTree, directory: string, names: readonly string[]): void {
    this.#at(owner, directory).groups.push({ owner, names });
  }

  addPath(owner: WheelTree, path: string): void {
    const slash = path.lastIndexOf('/');
    this.add(owner, slash < 0 ? '' : path.slice(0, slash), [path.slice(slash + 1)]);
  }

  /** The wheels whose claims meet those of others. */
  disputed(kept: readonly InstalledOwner[]): ReadonlySet<WheelTree> {
    const found = new Set<WheelTree>();
    for (const claimed of this.#directories.values()) {
      if (claimed.owners.size > 1) {
        for (const owners of named(claimed).values()) if (owners.length > 1) addAll(found, owners);
      }
      // Where several wheels have files, a directory of one may be a file of another.
      const parent = this.#directories.get(parentOf(claimed.path));
      if (claimed.path === '' || parent === undefined || parent.owners.size === 1) continue;
      const files = named(parent).get(baseOf(claimed.path));
      if (files !== undefined) addAll(found, [...files, ...claimed.owners]);
    }
    for (const owner of kept) this.#meet(owner, found);
    return found;
  }

  #meet({ files = [] }: InstalledOwner, found: Set<WheelTree>): void {
    for (const { path } of files) {
      const directory = parentOf(path);
      this.#meetFile(directory, baseOf(path), found);
      const asDirectory = this.#directories.get(path);
      if (asDirectory !== undefined) addAll(found, asDirectory.owners);
      if (this.#seen.has(directory)) continue;
      for (let above = directory; above !== '' && !this.#seen.has(above); above = parentOf(above)) {
        this.#seen.add(above);
        this.#meetFile(parentOf(above), baseOf(above), found);
      }
    }
  }

  /** Directories of installed files for which no wheel has a file of that name. */
  readonly #seen = new Set<string>();

  #meetFile(directory: string, name: string, found: Set<WheelTree>): void {
    const claimed = this.#directories.get(directory);
    if (claimed !== undefined && claimed.groups.length > 0) addAll(found, named(claimed).get(name) ?? []);
  }

  #at(owner: WheelTree, path: string): Claimed {
    let claimed = this.#directories.get(path);
    if (claimed === undefined) {
      claimed = { path, owners: new Set(), groups: [] };
      this.#directories.set(path, claimed);
    }
    if (!claimed.owners.has(owner)) {
      claimed.owners.add(owner);
      if (path !== '') this.#at(owner, parentOf(path));
    }
    return claimed;
  }
}

function named(claimed: Claimed): ReadonlyMap<string, readonly WheelTree[]> {
  if (claimed.byName === undefined) {
    claimed.byName = new Map();
    for (const { owner, names } of claimed.groups) {
      for (const name of names) {
        const owners = claimed.byName.get(name);
        if (owners === undefined) claimed.byName.set(name, [owner]);
        else if (!owners.includes(owner)) owners.push(owner);
      }
    }
  }
  return claimed.byName;
}

function addAll(set: Set<WheelTree>, wheels: Iterable<WheelTree>): void {
  for (const wheel of wheels) set.add(wheel);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
