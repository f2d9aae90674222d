// Turns the packages that a lock selects for one environment into pins with known files. Nothing is resolved and no index
// page is read. An installed distribution from the same source stays.
import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { IndexFile } from '@wheelwright/index-client';
import {
  compareVersions,
  type DirectUrl,
  formatDirectUrl,
  type NormalizedName,
  type Pylock,
  type PylockFile,
  type PylockPackage,
  parseSdistFilename,
  parseWheelFilename,
  type SelectedPackage,
  selectPackages,
  tryParseVersion,
} from '@wheelwright/packaging';
import { type Environment, type InstalledDistribution, type Interpreter, listDistributions } from '@wheelwright/python';
import type { SourceOpener } from '../requirements/distribution-source.ts';
import type { FormatControl } from '../requirements/format-control.ts';
import type { DirectInput } from '../requirements/requirement-inputs.ts';
import type { ResolvedPin } from '../resolve/resolution-memo.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { LockFile } from './read-lock.ts';

/** Which packages of a lock to select, and for which environment. */
export interface LockSelection {
  readonly interpreter: Interpreter;
  /** The installed distributions, which may stay; none if absent. */
  readonly environment?: Environment | undefined;
  readonly extras?: readonly string[] | undefined;
  /** Dependency groups; the lock's default groups if absent. */
  readonly groups?: readonly string[] | undefined;
  readonly formatsOf?: FormatControl | undefined;
  /** Names to omit: the project itself. */
  readonly leaveOut?: ((name: NormalizedName, locked: PylockPackage) => boolean) | undefined;
}

/**
 * The pins of a lock for one environment, each with its source. Sources other than files of an index are opened.
 * @throws PackagingError PACKAGING_INVALID_PYLOCK if the lock is not for this environment; the errors of opening sources.
 */
export async function pinsOfLock(
  { lock, path: lockPath }: LockFile,
  opener: SourceOpener,
  selection: LockSelection,
): Promise<readonly ResolvedPin[]> {
  const selected = selectFor(lock, selection);
  const installed = new Map(
    selection.environment === undefined
      ? []
      : listDistributions(selection.environment.sitePackages).map((one) => [one.name, one]),
  );
  const pins: ResolvedPin[] = [];
  for (const one of selected) {
    const { name } = one.package;
    if (selection.leaveOut?.(name, one.package) === true) continue;
    pins.push(await toPin(one, lockPath, opener, installed.get(name), selection));
  }
  return pins;
}

function selectFor(lock: Pylock, { interpreter, extras, groups, formatsOf }: LockSelection) {
  return selectPackages(lock, {
    environment: interpreter.markers,
    tags: interpreter.tags,
    ...(extras === undefined ? {} : { extras }),
    ...(groups === undefined ? {} : { dependencyGroups: groups }),
    preferSdist: (name) => formatsOf?.(name).wheels === false,
  });
}

async function toPin(
  { package: locked, wheel }: SelectedPackage,
  lockPath: string,
  opener: SourceOpener,
  installed: InstalledDistribution | undefined,
  { formatsOf }: LockSelection,
): Promise<ResolvedPin> {
  const { name } = locked;
  const pin = (version: string, source: ResolvedPin['source']): ResolvedPin => ({
    name,
    version,
    requested: true,
    requiredBy: [],
    source,
  });
  const file = wheel ?? locked.sdist;
  if (file !== undefined) {
    const version = locked.version?.text ?? versionOf(file, wheel !== undefined);
    if (isKept(installed, version)) return pin(installed!.version, { from: 'installed' });
    if (wheel === undefined && (formatsOf?.(name).sdists === false || !opener.canBuild))
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${lockPath} has no wheel of ${name} ${version} that may be used here, and its sdist may not be built.`,
        { hint: 'Allow sdists, or lock again for this environment.', data: { name, version } },
      );
    const source = wheel === undefined ? ('sdist' as const) : ('index' as const);
    return pin(version, { from: source, file: toIndexFile(file, locked, lockPath), hashes: hashesOf(file) });
  }
  const input = directInput(locked, lockPath);
  if (installed !== undefined && isSameDirect(installed, input, locked))
    return pin(installed.version, { from: 'installed' });
  const direct = withRequestedRevision(await opener.open(input), locked);
  return pin(direct.version.text, { from: 'direct', direct });
}

function versionOf({ filename }: PylockFile, isWheel: boolean): string {
  return (isWheel ? parseWheelFilename(filename) : parseSdistFilename(filename)).version.text;
}

/** An installed version from an index stays. One from a URL is replaced by the package of the lock. */
function isKept(installed: InstalledDistribution | undefined, version: string): boolean {
  if (installed === undefined || installed.directUrl !== undefined) return false;
  const [one, other] = [tryParseVersion(installed.version), tryParseVersion(version)];
  return one !== undefined && other !== undefined && compareVersions(one, other) === 0;
}

function hashesOf({ hashes }: PylockFile): readonly string[] {
  return Object.entries(hashes).map(([algorithm, digest]) => `${algorithm}:${digest}`);
}

function toIndexFile(file: PylockFile, { index }: PylockPackage, lockPath: string): IndexFile {
  const { filename, hashes, size } = file;
  const url = file.path === undefined ? file.url! : pathToFileURL(resolveBeside(lockPath, file.path)).href;
  return { filename, url, hashes, size, yanked: false, source: 'index', index: index ?? url };
}

/** A relative path is relative to the lock. */
function resolveBeside(lockPath: string, file: string): string {
  return path.resolve(path.dirname(lockPath), file);
}

function directInput({ name, archive, directory, vcs }: PylockPackage, lockPath: string): DirectInput {
  const common = {
    kind: 'direct' as const,
    name,
    extras: [],
    hashes: [],
    editable: false,
    source: `${lockPath}: ${name}`,
  };
  const below = (subdirectory: string | undefined) => (subdirectory === undefined ? {} : { subdirectory });
  if (archive !== undefined) {
    const format = archive.filename.endsWith('.whl') ? ('wheel' as const) : ('sdist' as const);
    const place = archive.path === undefined ? { url: archive.url } : { path: resolveBeside(lockPath, archive.path) };
    const location = { kind: 'archive' as const, format, ...place, ...below(archive.subdirectory) };
    return { ...common, location, hashes: hashesOf(archive) };
  }
  if (directory !== undefined) {
    const dir = path.resolve(resolveBeside(lockPath, directory.path), directory.subdirectory ?? '');
    return { ...common, location: { kind: 'directory', dir }, editable: directory.editable === true };
  }
  const { type, url, path: file, commitId, subdirectory } = vcs!;
  if (type !== 'git' && type !== 'hg')
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${lockPath} has ${name} in a repository of ${type}, which is not supported.`,
    );
  const at = url ?? pathToFileURL(resolveBeside(lockPath, file!)).href;
  return {
    ...common,
    location: { kind: 'repository', vcs: type, url: at, revision: commitId, ...below(subdirectory) },
  };
}

/** The requested revision that the lock records beside the commit. */
function withRequestedRevision(
  direct: Awaited<ReturnType<SourceOpener['open']>>,
  { vcs }: PylockPackage,
): Awaited<ReturnType<SourceOpener['open']>> {
  const { vcs: found } = direct.directUrl;
  if (vcs === undefined || found === undefined) return direct;
  const { requestedRevision: _, ...bare } = found;
  const asked = vcs.requestedRevision === undefined ? {} : { requestedRevision: vcs.requestedRevision };
  return { ...direct, directUrl: { ...direct.directUrl, vcs: { ...bare, ...asked } } };
}

/**
 * Whether the installed distribution came from the same archive, commit or editable directory. A directory that is not
 * editable is built again, since its content may have changed.
 */
function isSameDirect(
  { directUrl, distInfoDir }: InstalledDistribution,
  { location, editable, hashes }: DirectInput,
  { vcs }: PylockPackage,
): boolean {
  if (directUrl === undefined) return false;
  if (location.kind === 'archive') {
    const url = location.path === undefined ? location.url! : pathToFileURL(location.path).href;
    const known = Object.entries(directUrl.archive?.hashes ?? {}).map(
      ([algorithm, digest]) => `${algorithm}:${digest}`,
    );
    return sameUrl(directUrl, url) && known.some((hash) => hashes.includes(hash));
  }
  if (location.kind === 'repository')
    return (
      sameUrl(directUrl, location.url) &&
      directUrl.vcs?.commitId === vcs?.commitId &&
      directUrl.subdirectory === location.subdirectory
    );
  if (!editable || directUrl.directory?.editable !== true) return false;
  return sameUrl(directUrl, pathToFileURL(location.dir).href) && !isNewer(location.dir, distInfoDir);
}

function sameUrl(one: DirectUrl, url: string): boolean {
  const bare = (direct: DirectUrl) => JSON.parse(formatDirectUrl(direct)).url;
  return bare(one) === bare({ ...one, url });
}

/** Whether a file that determines the metadata of a project changed after the project was installed. */
function isNewer(dir: string, distInfoDir: string): boolean {
  const installedAt = statSync(distInfoDir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return ['pyproject.toml', 'setup.py', 'setup.cfg'].some(
    (name) => (statSync(path.join(dir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > installedAt,
  );
}
