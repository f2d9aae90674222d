// Who claims which path: the kept distributions and the wheels to come, compared before anything is written.
// Pure; the outcome depends on names and content only, never on the order in which anything was downloaded.
import type { NormalizedName } from '@wheelwright/packaging';
import { addParents, directoriesOf } from '../layout/directories.ts';
import { type PlannedScript, plannedScripts, scriptBody, scriptIdentity } from '../layout/entry-point-scripts.ts';
import { protector } from '../layout/protected-paths.ts';
import { recordDigest } from '../layout/record-hash.ts';
import { type PlacedFile, within, writtenByInstaller } from '../layout/schemes.ts';
import { InstallError } from '../model/install-error.ts';
import type {
  FileConflict,
  InstalledOwner,
  InstalledState,
  KeptFile,
  SchemeLayout,
  WheelTree,
} from '../model/types.ts';

/** One distribution's claim on a path. Equal identities are equal content. */
export interface Claim {
  readonly owner: NormalizedName;
  readonly identity: string;
  readonly kept: boolean;
  /** It lost the path before, and its content is kept elsewhere; or its file is not there as its RECORD states. */
  readonly lost?: boolean | undefined;
  /** What lies there by this claim, as a RECORD states it. */
  readonly sha256?: string | undefined;
  readonly size?: number | undefined;
}

/** A wheel with the files and commands it would bring. */
export interface WheelClaims {
  readonly wheel: WheelTree;
  readonly placed: readonly PlacedFile[];
  readonly scripts: readonly PlannedScript[];
}

/** What was settled for every path that a wheel claims. */
export interface SettledClaims {
  /** The claim whose content lies at the path. */
  readonly winners: ReadonlyMap<string, Claim>;
  readonly conflicts: readonly FileConflict[];
  /** Paths of kept distributions that a wheel's content replaces. */
  readonly overridden: ReadonlyMap<string, Claim>;
}

/** Settles every path that `wheels` (sorted by name) claim against each other and against `kept`. */
export function settleClaims(
  wheels: readonly WheelClaims[],
  kept: readonly InstalledOwner[],
  layout: SchemeLayout,
  onConflict: 'error' | 'last-wins',
  lost: readonly KeptFile[] = [],
  lacks: InstalledState['lacks'] = undefined,
): SettledClaims {
  // Nothing comes: what is there need not be read.
  if (wheels.length === 0) return { winners: new Map(), conflicts: [], overridden: new Map() };
  const claims = claimAll(wheels, layout);
  const directories = directoriesOf(claims.keys());
  const keptDirectories = addKeptClaims(claims, directories, kept, layout, lost, lacks);
  for (const [path, [claim]] of claims) {
    if (directories.has(path)) clash(path, claim!.owner, 'another wheel');
    if (keptDirectories.has(path)) clash(path, claim!.owner, 'an installed distribution');
  }
  return settle(claims, onConflict, lost);
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
  for (const wheel of wheels) for (const [path, claim] of claimsIn(wheel, layout)) add(path, claim);
  return claims;
}

/** Every path that a wheel claims, with its claim. */
export function* claimsIn(
  { wheel, placed, scripts }: WheelClaims,
  layout: SchemeLayout,
): Generator<readonly [path: string, claim: Claim]> {
  const own: Claim = { owner: wheel.name, identity: `of ${wheel.name}`, kept: false };
  for (const { file, target, root } of placed) {
    const sha256 = recordDigest(file.sha256);
    yield [target, { ...own, identity: sha256, sha256, size: file.size }];
    if (!root.scripts) continue;
    const body = scriptBody(wheel.distInfoDir, target.slice(layout.scripts.length + 1));
    yield [within(layout.sitePackages, body), own];
  }
  for (const name of writtenByInstaller) yield [within(layout.sitePackages, `${wheel.distInfoDir}/${name}`), own];
  for (const script of scripts) {
    yield [`${layout.scripts}/${script.name}`, { ...own, identity: scriptIdentity(script) }];
  }
}

// Adds what kept distributions say about the paths at stake; gives the directories that they need.
function addKeptClaims(
  claims: Map<string, Claim[]>,
  directories: ReadonlySet<string>,
  kept: readonly InstalledOwner[],
  layout: SchemeLayout,
  lost: readonly KeptFile[],
  lacks: InstalledState['lacks'],
): Set<string> {
  const lostHashes = new Map(lost.map(({ owner, path, sha256 }) => [`${owner} ${path}`, sha256]));
  const keptDirectories = new Set<string>();
  for (const owner of [...kept].sort(byName)) {
    const scripts = owner.installer === 'wheelwright' ? plannedScripts(owner.name, owner.entryPoints) : [];
    const commands = new Map(scripts.map((script) => [`${layout.scripts}/${script.name}`, scriptIdentity(script)]));
    for (const { path, sha256, size } of owner.files ?? []) {
      addParents(keptDirectories, path);
      if (directories.has(path)) clash(path, owner.name, 'a wheel');
      const others = claims.get(path);
      if (others === undefined) continue;
      const lostHash = lostHashes.get(`${owner.name} ${path}`);
      const own = lostHash === undefined ? sha256 : recordDigest(lostHash);
      const identity = commands.get(path) ?? own ?? `of ${owner.name}`;
      // A wheel that brings the same content lays it where another tool took the file away.
      const isBrought = others.some((claim) => claim.identity === identity && claim.sha256 !== undefined);
      const isLost = lostHash !== undefined || (isBrought && lacks?.({ path, sha256, size }) === true);
      others.splice(
        others.findIndex((claim) => !claim.kept),
        0,
        { owner: owner.name, identity, kept: true, lost: isLost, sha256, size },
      );
    }
  }
  return keptDirectories;
}

function settle(
  claims: ReadonlyMap<string, readonly Claim[]>,
  onConflict: 'error' | 'last-wins',
  lost: readonly KeptFile[],
): SettledClaims {
  const losers = losersByPath(lost);
  const winners = new Map<string, Claim>();
  const overridden = new Map<string, Claim>();
  const conflicts: FileConflict[] = [];
  const refused: FileConflict[] = [];
  for (const [path, all] of claims) {
    if (all.length === 1) {
      winners.set(path, all[0]!);
      continue;
    }
    const { winner, isNew } = settlePath(all, losers.get(path));
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
 * Who has the path, and whether somebody has to be asked about that. What was settled once stays so: those who lost the
 * path do not get it by being upgraded or installed again as long as others claim it. Else what is installed gives way
 * to what comes, and of what comes the last by name wins.
 */
function settlePath(all: readonly Claim[], losers: ReadonlySet<string> | undefined): { winner: Claim; isNew: boolean } {
  const present = all.filter((claim) => claim.lost !== true);
  const stronger = present.filter(({ owner }) => losers?.has(owner) !== true);
  const standing = stronger.length > 0 ? stronger : present;
  // Of equal ones the one that lies there already.
  const winner = isSame(standing) ? standing[0]! : standing.at(-1)!;
  return { winner, isNew: !isSame(losers === undefined ? all : stronger) };
}

function isSame(claims: readonly Claim[]): boolean {
  return claims.every(({ identity }) => identity === claims[0]!.identity);
}

function losersByPath(lost: readonly KeptFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const losers = new Map<string, Set<string>>();
  for (const { path, owner } of lost) losers.set(path, (losers.get(path) ?? new Set()).add(owner));
  return losers;
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
