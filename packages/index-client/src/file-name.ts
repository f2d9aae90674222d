// Which of the links on a page are files of a project: by file name alone, as installers do.
import { type NormalizedName, normalizeName, tryParseVersion } from '@wheelwright/packaging';

const sdistSuffixes = ['.tar.gz', '.tgz', '.zip', '.tar.bz2', '.tar.xz'];

/** Whether `filename` is that of a wheel or an sdist, and safe to be used as one. */
export function isDistributionFilename(filename: string): boolean {
  if (/[/\\\x00-\x1f\x7f]/.test(filename) || filename.length > 255) return false;
  return filename.endsWith('.whl') || sdistStem(filename) !== undefined;
}

/** Whether `filename` is that of a wheel or an sdist of `name`. */
export function belongsTo(filename: string, name: NormalizedName): boolean {
  if (!isDistributionFilename(filename)) return false;
  if (filename.endsWith('.whl')) return normalizeName(filename.slice(0, filename.indexOf('-'))) === name;
  // Older sdists may have dashes in the project's name: any dash may be the one before the version.
  const stem = sdistStem(filename) ?? '';
  for (let dash = stem.indexOf('-'); dash !== -1; dash = stem.indexOf('-', dash + 1)) {
    if (normalizeName(stem.slice(0, dash)) === name) return tryParseVersion(stem.slice(dash + 1)) !== undefined;
  }
  return false;
}

function sdistStem(filename: string): string | undefined {
  const suffix = sdistSuffixes.find((one) => filename.toLowerCase().endsWith(one));
  return suffix === undefined ? undefined : filename.slice(0, -suffix.length);
}
