// Which of the links on a page are files of a project: by file name alone, as installers do.
import { isValidName, type NormalizedName, normalizeName, tryParseVersion } from '@wheelwright/packaging';

const sdistSuffixes = ['.tar.gz', '.tgz', '.zip', '.tar.bz2', '.tar.xz'];

/** Whether `filename` is that of a wheel or an sdist, and safe to be used as one. */
export function isDistributionFilename(filename: string): boolean {
  if (/[/\\\x00-\x1f\x7f]/.test(filename) || filename.length > 255) return false;
  return filename.endsWith('.whl') || sdistStem(filename) !== undefined;
}

/** A function that says whether a file name is that of a wheel or an sdist of `name`. */
export function ofProject(name: NormalizedName): (filename: string) => boolean {
  // A page spells its project in one or two ways, thousands of times.
  const spellings = new Map<string, boolean>();
  const isName = (text: string) => {
    let answer = spellings.get(text);
    if (answer === undefined) {
      // Any file may lie beside the distributions: what is no name is another's.
      answer = isValidName(text) && normalizeName(text) === name;
      if (spellings.size < 1000) spellings.set(text, answer);
    }
    return answer;
  };
  return (filename) => {
    if (!isDistributionFilename(filename)) return false;
    if (filename.endsWith('.whl')) return isName(filename.slice(0, filename.indexOf('-')));
    // Older sdists may have dashes in the project's name: any dash may be the one before the version.
    const stem = sdistStem(filename) ?? '';
    for (let dash = stem.indexOf('-'); dash !== -1; dash = stem.indexOf('-', dash + 1)) {
      if (isName(stem.slice(0, dash))) return tryParseVersion(stem.slice(dash + 1)) !== undefined;
    }
    return false;
  };
}

function sdistStem(filename: string): string | undefined {
  const suffix = sdistSuffixes.find((one) => filename.toLowerCase().endsWith(one));
  return suffix === undefined ? undefined : filename.slice(0, -suffix.length);
}
