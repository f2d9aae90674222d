// Where things are in a wheel, decided from the paths alone: one dist-info directory and at most one data directory,
// both of the distribution that the file name promises, and below the data directory nothing but install schemes.
import {
  compareVersions,
  type NormalizedName,
  normalizeName,
  tryParseVersion,
  type Version,
} from '@wheelwright/packaging';
import { ArchivesError } from './archives-error.ts';

export interface WheelLayout {
  readonly distInfoDir: string;
  /** `x-1.data`, whether or not the wheel has one. */
  readonly dataDir: string;
}

const schemes = new Set(['purelib', 'platlib', 'headers', 'scripts', 'data']);

/** Throws WHEEL_INVALID_METADATA on the first broken rule. */
export function findWheelLayout(
  archive: string,
  paths: Iterable<string>,
  expected: { readonly name: NormalizedName; readonly version: Version },
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
  checkOwner(archive, distInfoDir, '.dist-info', expected);
  const stem = distInfoDir.slice(0, -'.dist-info'.length);
  const [dataDir = `${stem}.data`] = dataDirs;
  checkOwner(archive, dataDir, '.data', expected);
  return { distInfoDir, dataDir };
}

// A directory that a tool other than ours would not recognise as this distribution's would be lost to it.
function checkOwner(
  archive: string,
  dir: string,
  suffix: string,
  expected: { readonly name: NormalizedName; readonly version: Version },
): void {
  const stem = dir.slice(0, -suffix.length);
  const dash = stem.indexOf('-');
  const version = tryParseVersion(stem.slice(dash + 1));
  const matches =
    dash > 0 &&
    version !== undefined &&
    normalizeName(stem.slice(0, dash)) === expected.name &&
    compareVersions(version, expected.version) === 0;
  if (matches) return;
  throw invalid(
    archive,
    `its directory ${dir} is not that of ${expected.name} ${expected.version.text}, which its file name promises`,
  );
}

function checkDataPath(archive: string, path: string, below: readonly string[]): void {
  const [scheme = '', ...rest] = below;
  if (!schemes.has(scheme)) throw invalid(archive, `${path} belongs to no install scheme`, path);
  if (rest.length === 0)
    throw invalid(archive, `${path} is a file where an install scheme should be a directory`, path);
  if (scheme === 'scripts' && rest.length > 1)
    throw invalid(archive, `the script ${path} lies in a directory of its own`, path);
}

/** A refusal because the archive is a zip file but not the wheel it should be. */
export function invalid(archive: string, why: string, entry?: string, cause?: unknown): ArchivesError {
  return new ArchivesError('WHEEL_INVALID_METADATA', `${archive} is not a valid wheel: ${why}.`, {
    cause,
    data: { archive, ...(entry === undefined ? {} : { entry }) },
  });
}
