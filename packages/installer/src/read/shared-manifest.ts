// What a shared generation records about itself: its set of distributions, what each environment makes for itself, and the
// times of its directories, which show a write where no permission prevents it.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { NormalizedName } from '@wheelwright/packaging';

/** The name of the manifest at the top of a shared generation. */
export const manifestName = 'shared.json';
/** The name of the file with the modification times of its directories. */
export const timesName = 'directories';

/** The files at the top of a shared generation that describe it and are not part of the prefix. */
export const sharedOwnFiles: ReadonlySet<string> = new Set([manifestName, timesName]);

/** A distribution of a shared generation. */
export interface SharedDistribution {
  readonly name: NormalizedName;
  readonly version: string;
  /** The digest of the wheel, in hexadecimal; absent for a distribution that another tool installed before the first sharing. */
  readonly sha256?: string | undefined;
  readonly requested: boolean;
  readonly directUrl?: string | undefined;
  readonly installer?: string | undefined;
  readonly editable: boolean;
  /** `six-1.16.0.dist-info`. */
  readonly distInfoName: string;
}

/** The content of `shared.json`. */
export interface SharedManifest {
  readonly format: number;
  readonly cacheTag: string;
  readonly magic: string;
  readonly libDirName: string;
  readonly distributions: readonly SharedDistribution[];
  /** Present where the set alone does not determine the content: settled conflicts, files without an owner. */
  readonly variant?: string | undefined;
  /** Names of the scripts that each environment makes for itself. */
  readonly scripts: readonly string[];
  /** The names in `bin` that each environment links to. */
  readonly programs: readonly string[];
  /** The other names at the top: `lib`, `share`, … */
  readonly tops: readonly string[];
  /** As `support` of generation.json. */
  readonly support: Readonly<Record<string, string>>;
}

/** The manifest of the shared generation at `dir`; undefined where it is missing or damaged. */
export function readManifest(dir: string): SharedManifest | undefined {
  try {
    return JSON.parse(readFileSync(path.join(dir, manifestName), 'utf8')) as SharedManifest;
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The path of the manifest; its modification time is the last use of the generation. */
export function manifestPath(dir: string): string {
  return path.join(dir, manifestName);
}

const there = { throwIfNoEntry: false } as const;

/** The directories of the shared generation at `dir` that were written into since it was made; those of byte-code apart. */
export function changedDirectories(dir: string): string[] {
  return readFileSync(path.join(dir, timesName), 'utf8')
    .split('\n')
    .filter((line) => {
      const space = line.indexOf(' ');
      if (space < 0) return false;
      // A double holds a quarter of a microsecond of the time, which is finer than the clock of any file system.
      return statSync(`${dir}/${line.slice(space + 1)}`, there)?.mtimeMs !== Number(line.slice(0, space));
    })
    .map((line) => line.slice(line.indexOf(' ') + 1));
}
