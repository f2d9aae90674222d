// The layout of a wheel, read from its paths alone: one dist-info directory and at most one data directory, both named for
// the distribution in the file name, and below the data directory nothing but install schemes.
import {
  compareVersions,
  isValidName,
  type NormalizedName,
  normalizeName,
  tryParseVersion,
  type Version,
} from '@wheelwright/packaging';
import { ArchivesError } from './archives-error.ts';
import type { Oddities } from './oddities.ts';

export interface WheelLayout {
  readonly distInfoDir: string;
  /** `x-1.data`, whether or not the wheel has one. */
  readonly dataDir: string;
}

interface NamedVersion {
  readonly name: NormalizedName;
  readonly version: Version;
}

const schemes = new Set(['purelib', 'platlib', 'headers', 'scripts', 'data']);

/** Finds them among `paths`. Throws WHEEL_INVALID_METADATA on the first broken rule. */
export function findWheelLayout(
  archive: string,
  paths: Iterable<string>,
  expected: NamedVersion,
  oddities: Oddities,
): WheelLayout {
  const distInfoDirs = new Set<string>();
  const dataDirs = new Set<string>();
  for (const path of paths) {
    const slash = path.indexOf('/');
    if (slash === -1) continue;
    const top = path.slice(0, slash);
    if (top.endsWith('.dist-info')) distInfoDirs.add(top);
    if (top.endsWith('.data')) {
      dataDirs.add(top);
      checkDataPath(archive, path, path.slice(slash + 1).split('/'));
    }
  }
  const [distInfoDir] = distInfoDirs;
  if (distInfoDir === undefined) throw invalid(archive, 'it has no dist-info directory');
  if (distInfoDirs.size > 1)
    throw invalid(archive, `it has several dist-info directories: ${[...distInfoDirs].join(', ')}`);
  if (dataDirs.size > 1) throw invalid(archive, `it has several data directories: ${[...dataDirs].join(', ')}`);
  const stem = distInfoDir.slice(0, -'.dist-info'.length);
  const { name, version } = parseStem(stem);
  if (name !== expected.name || version === undefined) throw misnamed(archive, distInfoDir, expected);
  if (compareVersions(version, expected.version) !== 0) {
    oddities.accept(`has the directory ${distInfoDir}, which names another version`);
  }
  const [dataDir = `${stem}.data`] = dataDirs;
  // Installers find it by its name, so one with another name would be installed in two ways.
  if (!isNamedFor(dataDir, '.data', { name, version })) throw misnamed(archive, dataDir, { name, version });
  return { distInfoDir, dataDir };
}

/** Whether `dir`, which ends in `suffix`, is named for the distribution `expected`, however it is spelled. */
export function isNamedFor(dir: string, suffix: string, expected: NamedVersion): boolean {
  const { name, version } = parseStem(dir.slice(0, -suffix.length));
  return name === expected.name && version !== undefined && compareVersions(version, expected.version) === 0;
}

function parseStem(stem: string): { readonly name: NormalizedName | undefined; readonly version: Version | undefined } {
  const dash = stem.indexOf('-');
  const name = stem.slice(0, Math.max(dash, 0));
  return {
    name: isValidName(name) ? normalizeName(name) : undefined,
    version: tryParseVersion(stem.slice(dash + 1)),
  };
}

function misnamed(archive: string, dir: string, { name, version }: NamedVersion): ArchivesError {
  return invalid(archive, `its directory ${dir} is not that of ${name} ${version.text}`);
}

function checkDataPath(archive: string, path: string, below: readonly string[]): void {
  const [scheme = '', ...rest] = below;
  if (!schemes.has(scheme)) throw invalid(archive, `${path} belongs to no install scheme`, path);
  if (rest.length === 0)
    throw invalid(archive, `${path} is a file where an install scheme should be a directory`, path);
  if (scheme === 'scripts' && rest.length > 1)
    throw invalid(archive, `the script ${path} is in a directory of its own`, path);
}

/** A refusal because the archive is a zip file but not the wheel it should be. */
export function invalid(archive: string, why: string, entry?: string, cause?: unknown): ArchivesError {
  return new ArchivesError('WHEEL_INVALID_METADATA', `${archive} is not a valid wheel: ${why}.`, {
    cause,
    data: { archive, ...(entry === undefined ? {} : { entry }) },
  });
}
