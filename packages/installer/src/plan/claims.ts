// Which distribution has each path: the claims of the kept distributions and of the new wheels, compared before anything
// is written. The outcome depends on names and content only, never on the order of downloads.
import type { NormalizedName } from '@wheelwright/packaging';
import { addParents, directoriesOf } from '../layout/directories.ts';
import { type PlannedScript, plannedScripts, scriptBody, scriptIdentity } from '../layout/entry-point-scripts.ts';
import { protector } from '../layout/protected-paths.ts';
import { recordDigest } from '../layout/record-hash.ts';
import { type PlacedFile, within, writtenByInstaller } from '../layout/schemes.ts';
import { InstallError } from '../model/install-error.ts';
import type { FileConflict, InstalledOwner, InstalledState, LoserFile, SchemeLayout } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';

/** One distribution's claim on a path. */
export interface Claim {
  readonly owner: NormalizedName;
  /** Equal for claims of equal content. */
  readonly identity: string;
  /** Whether the distribution is installed and stays. */
  readonly kept: boolean;
  /** Its content is not at the path: it lost a conflict before, or the file differs from its RECORD. */
  readonly isAbsent?: boolean | undefined;
  /** The content at the path by this claim, as a RECORD states it: base64url. */
  readonly sha256?: string | undefined;
  readonly size?: number | undefined;
}

/** A wheel with the files and commands that it would bring. */
export interface WheelClaims {
  readonly wheel: WheelTree;
  readonly placed: readonly PlacedFile[];
  /** The commands of its entry points. */
  readonly scripts: readonly PlannedScript[];
}

/** Who has each path that a wheel claims. */
export interface SettledClaims {
  /** By path: the claim whose content is there afterwards. */
  readonly winners: ReadonlyMap<string, Claim>;
  /** Paths that distributions claim with different content. */
  readonly conflicts: readonly FileConflict[];
  /** Paths of kept distributions that a wheel's content replaces. */
  readonly overridden: ReadonlyMap<string, Claim>;
}

/**
 * Settles every path that `wheels` (sorted by name) claim against each other and against `kept`. Throws
 * INSTALL_CONFLICT, INSTALL_DIRECTORY_CONFLICT, INSTALL_PROTECTED_PATH.
 */
export function settleClaims(
  wheels: readonly WheelClaims[],
  kept: readonly InstalledOwner[],
  layout: SchemeLayout,
  onConflict: 'error' | 'last-wins',
  losers: readonly LoserFile[] = [],
  lacks: InstalledState['lacks'] = undefined,
): SettledClaims {
  // Without new wheels no RECORD has to be read.
  if (wheels.length === 0) return { winners: new Map(), conflicts: [], overridden: new Map() };
  const claims = claimAll(wheels, layout);
  const directories = directoriesOf(claims.keys());
  const keptDirectories = addKeptClaims(claims, directories, kept, layout, losers, lacks);
  for (const [path, [claim]] of claims) {
    if (directories.has(path)) clash(path, claim!.owner, 'another wheel');
    if (keptDirectories.has(path)) clash(path, claim!.owner, 'an installed distribution');
  }
  return settle(claims, onConflict, losers);
}

function claimAll(wheels: readonly WheelClaims[], layout: SchemeLayout): Map<string, Claim[]> {
  const claims = new Map<string, Claim[]>();
  const protection = protector(layout.sitePackages);
  const add = (path: string, claim: Claim) => {
    const reason = protection(path);
    if (reason !== undefined) {
      throw new InstallError('INSTALL_PROTECTED_PATH', `${claim.owner} claims ${path}, ${reason}.`, {
        hint: 'Nothing was changed; this wheel cannot be installed into an environment.',
        data: { name: claim.owner, path },
      });
    }
    const others = claims.get(path);
    if (others === undefined) claims.set(path, [claim]);
    else others.push(claim);
  };
  for (const wheel of wheels) eachClaim(wheel, layout, add);
  return claims;
}

/** Every path that a wheel claims. */
export function claimedPaths({ wheel, placed, scripts }: WheelClaims, layout: SchemeLayout): string[] {
  const paths = placed.map(({ target }) => target);
  for (const { root, target } of placed) if (root.scripts) paths.push(bodyOf(wheel, target, layout));
  for (const name of writtenByInstaller) paths.push(within(layout.sitePackages, `${wheel.distInfoDir}/${name}`));
  for (const { name } of scripts) paths.push(`${layout.scripts}/${name}`);
  return paths;
}

/** Calls `add` with each path of {@link claimedPaths} and the claim on it. */
function eachClaim(
  { wheel, placed, scripts }: WheelClaims,
  layout: SchemeLayout,
  add: (path: string, claim: Claim) => void,
): void {
  const { name: owner } = wheel;
  const own: Claim = { owner, identity: `of ${owner}`, kept: false };
  for (const { file, target, root } of placed) {
    const sha256 = recordDigest(file.sha256);
    add(target, { owner, identity: sha256, kept: false, sha256, size: file.size });
    if (root.scripts) add(bodyOf(wheel, target, layout), own);
  }
  for (const name of writtenByInstaller) add(within(layout.sitePackages, `${wheel.distInfoDir}/${name}`), own);
  for (const script of scripts) add(`${layout.scripts}/${script.name}`, { ...own, identity: scriptIdentity(script) });
}

/** Where the body of the script at `target` goes. */
function bodyOf({ distInfoDir }: WheelTree, target: string, layout: SchemeLayout): string {
  return within(layout.sitePackages, scriptBody(distInfoDir, target.slice(layout.scripts.length + 1)));
}

// Adds the claims of kept distributions on the paths at stake; returns the directories that their files need.
function addKeptClaims(
  claims: Map<string, Claim[]>,
  directories: ReadonlySet<string>,
  kept: readonly InstalledOwner[],
  layout: SchemeLayout,
  losers: readonly LoserFile[],
  lacks: InstalledState['lacks'],
): Set<string> {
  const loserHashes = new Map(losers.map(({ owner, path, sha256 }) => [`${owner} ${path}`, sha256]));
  const keptDirectories = new Set<string>();
  for (const owner of [...kept].sort(byName)) {
    const scripts = owner.installer === 'wheelwright' ? plannedScripts(owner.name, owner.entryPoints) : [];
    const commands = new Map(scripts.map((script) => [`${layout.scripts}/${script.name}`, scriptIdentity(script)]));
    for (const { path, sha256, size } of owner.files ?? []) {
      addParents(keptDirectories, path);
      if (directories.has(path)) clash(path, owner.name, 'a wheel');
      const others = claims.get(path);
      if (others === undefined) continue;
      const loserHash = loserHashes.get(`${owner.name} ${path}`);
      const own = loserHash === undefined ? sha256 : recordDigest(loserHash);
      const identity = commands.get(path) ?? own ?? `of ${owner.name}`;
      // A wheel that brings the same content lays it where another tool removed the file.
      const isBrought = others.some((claim) => claim.identity === identity && claim.sha256 !== undefined);
      const isAbsent = loserHash !== undefined || (isBrought && lacks?.({ path, sha256, size }) === true);
      others.splice(
        others.findIndex((claim) => !claim.kept),
        0,
        { owner: owner.name, identity, kept: true, isAbsent, sha256, size },
      );
    }
  }
  return keptDirectories;
}

function settle(
  claims: ReadonlyMap<string, readonly Claim[]>,
  onConflict: 'error' | 'last-wins',
  losers: readonly LoserFile[],
): SettledClaims {
  const losersOf = losersByPath(losers);
  const winners = new Map<string, Claim>();
  const overridden = new Map<string, Claim>();
  const conflicts: FileConflict[] = [];
  const refused: FileConflict[] = [];
  for (const [path, all] of claims) {
    if (all.length === 1) {
      winners.set(path, all[0]!);
      continue;
    }
    const { winner, isNew } = settlePath(all, losersOf.get(path));
    winners.set(path, winner);
    const replaces = all.some((claim) => claim.kept && claim.identity !== winner.identity);
    if (!winner.kept && replaces) overridden.set(path, winner);
    if (isSame(all)) continue;
    const others = all.filter((claim) => claim !== winner);
    const conflict = { path, owners: [...others, winner].map((claim) => claim.owner), winner: winner.owner };
    conflicts.push(conflict);
    if (isNew) refused.push(conflict);
  }
  if (refused.length > 0 && onConflict === 'error') refuseConflicts(refused);
  return { winners, conflicts, overridden };
}

/**
 * Who has the path, and whether the conflict is a new one, which the policy decides about. A settled conflict stays
 * settled: an upgrade or a new installation of a loser does not win the path while others claim it. Else a new wheel wins
 * over an installed distribution, and of new wheels the last by name wins.
 */
function settlePath(all: readonly Claim[], losers: ReadonlySet<string> | undefined): { winner: Claim; isNew: boolean } {
  const present = all.filter((claim) => claim.isAbsent !== true);
  const stronger = present.filter(({ owner }) => losers?.has(owner) !== true);
  const standing = stronger.length > 0 ? stronger : present;
  // Of equal claims the one whose file is there already.
  const winner = isSame(standing) ? standing[0]! : standing.at(-1)!;
  return { winner, isNew: !isSame(losers === undefined ? all : stronger) };
}

function isSame(claims: readonly Claim[]): boolean {
  return claims.every(({ identity }) => identity === claims[0]!.identity);
}

function losersByPath(losers: readonly LoserFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byPath = new Map<string, Set<string>>();
  for (const { path, owner } of losers) byPath.set(path, (byPath.get(path) ?? new Set()).add(owner));
  return byPath;
}

function refuseConflicts(conflicts: readonly FileConflict[]): never {
  const { path, owners } = conflicts[0]!;
  const more = conflicts.length === 1 ? '' : ` (and ${conflicts.length - 1} more)`;
  throw new InstallError('INSTALL_CONFLICT', `${listed(owners)} bring different content for ${path}${more}.`, {
    hint:
      new Set(owners).size === 1
        ? 'Nothing was changed. The wheel contradicts itself: use another version, or choose the policy last-wins.'
        : 'Nothing was changed. Leave one of them out, or choose the policy last-wins.',
    data: { path, owners, conflicts },
  });
}

function clash(path: string, owner: NormalizedName, other: string): never {
  throw new InstallError(
    'INSTALL_DIRECTORY_CONFLICT',
    `${path} is a file of ${owner}, but ${other} needs a directory there.`,
    {
      hint: 'Nothing was changed. The two cannot be installed together.',
      data: { path, owners: [owner] },
    },
  );
}

function listed(owners: readonly string[]): string {
  const names = [...new Set(owners)];
  return names.length === 1 ? `Two files of ${names[0]}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
