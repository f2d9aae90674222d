// File names of wheels and sdists: what they say about their content (specifications "Binary distribution format" and
// "Source distribution format").

import { isValidName, type NormalizedName, normalizeName } from '../name.ts';
import { PackagingError, type PackagingErrorCode, quote } from '../packaging-error.ts';
import { parseVersion, type Version } from '../versions/version.ts';
import { expandTags } from './tag.ts';

/** What the file name of a wheel says. */
export interface WheelFilename {
  /** The name of the project, normalized. */
  readonly name: NormalizedName;
  /** The name as the file spells it: the first part of its `.dist-info` and `.data` directories. */
  readonly rawName: string;
  /** The version. */
  readonly version: Version;
  /** The version as the file spells it. */
  readonly rawVersion: string;
  /** Breaks ties between wheels of one version: a number, then a text. */
  readonly build?: readonly [number, string] | undefined;
  /** Every tag on its own, such as `py3-none-any`, in lower case. */
  readonly tags: readonly string[];
}

/** What the file name of an sdist says. */
export interface SdistFilename {
  /** The name of the project, normalized. */
  readonly name: NormalizedName;
  /** The version. */
  readonly version: Version;
}

/** What the file name of a wheel says; throws `PACKAGING_INVALID_WHEEL_FILENAME`. */
export function parseWheelFilename(filename: string): WheelFilename {
  const fail = failure('PACKAGING_INVALID_WHEEL_FILENAME', 'wheel', filename);
  if (!filename.endsWith('.whl')) throw fail('it does not end in .whl');
  const parts = filename.slice(0, -'.whl'.length).split('-');
  if (parts.length !== 5 && parts.length !== 6) throw fail('it does not have five or six parts between dashes');
  const [rawName, rawVersion] = parts as [string, string];
  if (!isValidName(rawName) || rawName.includes('__')) throw fail(`${quote(rawName)} is not an escaped name`);
  const build = parts.length === 6 ? /^([0-9]+)(.*)$/.exec(parts[2]!) : undefined;
  if (build === null) throw fail(`the build tag ${quote(parts[2]!)} is not one line that begins with a digit`);
  const version = rethrow(() => parseVersion(rawVersion), fail);
  const tags = rethrow(() => expandTags(parts.slice(-3).join('-')), fail);
  return {
    name: normalizeName(rawName),
    rawName,
    version,
    rawVersion,
    ...(build ? { build: [Number(build[1]), build[2]!] as const } : {}),
    tags,
  };
}

/** What the file name of an sdist (`.tar.gz`, or the older `.zip`) says; throws `PACKAGING_INVALID_SDIST_FILENAME`. */
export function parseSdistFilename(filename: string): SdistFilename {
  const fail = failure('PACKAGING_INVALID_SDIST_FILENAME', 'sdist', filename);
  const extension = ['.tar.gz', '.zip'].find((candidate) => filename.endsWith(candidate));
  if (!extension) throw fail('it ends in neither .tar.gz nor .zip');
  const stem = filename.slice(0, -extension.length);
  // A version has no dash of its own, but the names of older files do.
  const dash = stem.lastIndexOf('-');
  if (dash <= 0) throw fail('no dash parts a name from a version');
  return {
    name: rethrow(() => normalizeName(stem.slice(0, dash)), fail),
    version: rethrow(() => parseVersion(stem.slice(dash + 1)), fail),
  };
}

type Failure = (reason: string, cause?: unknown) => PackagingError;

function failure(code: PackagingErrorCode, kind: string, filename: string): Failure {
  return (reason, cause) =>
    new PackagingError(
      code,
      `${quote(filename)} is not the file name of ${kind === 'wheel' ? 'a' : 'an'} ${kind}: ${reason}.`,
      {
        cause,
        data: { filename },
      },
    );
}

function rethrow<T>(read: () => T, fail: Failure): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    throw fail(error.message.replace(/\.$/, ''), error);
  }
}
