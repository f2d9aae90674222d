// What a shared generation says about itself: the set it holds, what an environment makes of it, and the times of its
// directories, by which a write into it is noticed where no permission keeps it off.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import type { NormalizedName } from '@wheelwright/packaging';

const manifestName = 'shared.json';
const timesName = 'directories';

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

/** Ends the making of a tree: its directories are closed, their times noted, the manifest written. */
export function sealTree(dir: string, manifest: SharedManifest, fs: Fs): void {
  const lines: string[] = [];
  const visit = (directory: string) => {
    const at = `${dir}/${directory}`;
    const entries = readdirSync(at, { withFileTypes: true });
    // Python makes one wherever it imports from, if only it may: it shall not look like a write of somebody.
    const lacksCache = entries.some(({ name }) => name.endsWith('.py')) && !entries.some(isByteCode);
    if (lacksCache) fs.mkdir(`${at}/__pycache__`);
    for (const entry of entries) if (entry.isDirectory()) visit(`${directory}/${entry.name}`);
    if (lacksCache) fs.chmod(`${at}/__pycache__`, closed);
    fs.chmod(at, closed);
    if (!isByteCode({ name: path.basename(at) })) lines.push(`${statSync(at).mtimeMs} ${directory}`);
  };
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) visit(entry.name);
  createFile(path.join(dir, timesName), `${lines.join('\n')}\n`, { mode: 0o444, fs });
  createFile(path.join(dir, manifestName), `${JSON.stringify(manifest)}\n`, { mode: 0o444, fs });
}

/** Closed to everyone but root. The top stays open: a directory that is renamed must be writable. */
const closed = 0o555;

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

function isByteCode({ name }: { readonly name: string }): boolean {
  return name === '__pycache__';
}
