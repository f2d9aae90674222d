// What a shared generation says about itself: the set it holds, what an environment makes of it, and the times of its
// directories, by which a write into it is noticed where no permission keeps it off.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { NormalizedName } from '@wheelwright/packaging';

/** The name of the manifest at the top of a shared generation. */
export const manifestName = 'shared.json';
/** The name of the file with the times of its directories. */
export const timesName = 'directories';

/** The files at the top of a shared generation that are about it and not of it. */
export const sharedOwnFiles: ReadonlySet<string> = new Set([manifestName, timesName]);

export interface SharedDistribution {
  readonly name: NormalizedName;
  readonly version: string;
  /** Of the wheel, in hex; absent for what another tool had installed before anything was shared. */
  readonly sha256?: string | undefined;
  readonly requested: boolean;
  readonly directUrl?: string | undefined;
  readonly installer?: string | undefined;
  readonly editable: boolean;
  /** `six-1.16.0.dist-info`. */
  readonly distInfoName: string;
}

export interface SharedManifest {
  readonly format: number;
  readonly cacheTag: string;
  readonly magic: string;
  readonly libDirName: string;
  readonly distributions: readonly SharedDistribution[];
  /** Present where the set alone does not say what lies there: conflicts settled, files of nobody. */
  readonly variant?: string | undefined;
  /** The scripts that each environment makes for itself. */
  readonly scripts: readonly string[];
  /** The files of `bin`, which each environment links to. */
  readonly programs: readonly string[];
  /** The other names at the top: `lib`, `share`, … */
  readonly tops: readonly string[];
  /** As `support` of generation.json. */
  readonly support: Readonly<Record<string, string>>;
}

/** The manifest of the shared generation at `dir`; undefined where there is none that can be read. */
export function readManifest(dir: string): SharedManifest | undefined {
  try {
    return JSON.parse(readFileSync(path.join(dir, manifestName), 'utf8')) as SharedManifest;
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The last use of a shared generation is the time of this file. */
export function manifestPath(dir: string): string {
  return path.join(dir, manifestName);
}

const there = { throwIfNoEntry: false } as const;

/** The directories of the shared generation at `dir` that somebody has written into since. Byte-code is everybody's. */
export function changedDirectories(dir: string): string[] {
  return readFileSync(path.join(dir, timesName), 'utf8')
    .split('\n')
    .filter((line) => {
      const space = line.indexOf(' ');
      if (space < 0) return false;
      // A quarter of a microsecond, which is what the number keeps, is finer than any clock of a file system ticks.
      return statSync(`${dir}/${line.slice(space + 1)}`, there)?.mtimeMs !== Number(line.slice(0, space));
    })
    .map((line) => line.slice(line.indexOf(' ') + 1));
}
