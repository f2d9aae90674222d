// What a tool is to the bench: the command lines that it takes for each job.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Step } from '../types.ts';

/** Where one run works: everything in `dir` belongs to it, the cache perhaps to many. */
export interface Place {
  readonly dir: string;
  readonly cacheDir: string;
  /** `dir/env`, by that name for every tool. */
  readonly envDir: string;
}

/** What is to be installed. */
export interface Wish {
  /** All that the environment shall hold, for tools that install a project. */
  readonly all: readonly string[];
  /** What is named on the command line; all of it, without. */
  readonly named?: readonly string[] | undefined;
  readonly upgrade?: boolean | undefined;
  /** The cache is on another file system. */
  readonly copy?: boolean | undefined;
  /** Take every wheel from this directory, without an index and without dependencies. */
  readonly folder?: string | undefined;
  /** Use this index instead of the one on loopback. */
  readonly indexUrl?: string | undefined;
}

/** A lock of one set of packages in the forms that tools read. */
export interface LockFiles {
  readonly pylock: string;
  /** A requirements file with pins and hashes. */
  readonly pins: string;
}

/** A tool and its command lines; a job that it does not do is absent. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly ours: boolean;
  /** Takes seconds for what takes others a tenth: it runs in fewer rounds. */
  readonly slow: boolean;
  startUp(): Step;
  /** Writes what the tool wants to find, before the clock runs. */
  prepare?(place: Place, wish: Wish): void;
  /** An empty environment at `envDir`. */
  makeEnvironment?(place: Place): Step[];
  install?(place: Place, wish: Wish): Step[];
  uninstall?(place: Place, names: readonly string[]): Step[];
  /** Resolves a requirements file for the empty environment at `envDir`, installs nothing, and writes the answer. */
  resolve?(place: Place, requirementsFile: string, answerFile: string): Step;
  /** What {@link resolve} answered, each `name==version`. */
  readPins?(answer: string): string[];
  /** A pylock.toml of a requirements file. */
  lock?(place: Place, requirementsFile: string, lockPath: string): Step;
  /** Makes the environment at `envDir` what the lock says. */
  sync?(place: Place, lock: LockFiles): Step;
  /** One wheel of a source tree into `outDir`. */
  build?(place: Place, treeDir: string, outDir: string): Step;
}

/** What a tool has to know to write its command lines. */
export interface Surroundings {
  readonly rootDir: string;
  /** Where the tools are asked for their versions: outside of every project. */
  readonly cwd: string;
  readonly python: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly indexUrl: string;
}

/** pip's options for where packages come from, which uv and ww read alike. */
export function sourceOptions(wish: Wish, indexUrl: string, indexOption = '-i'): string[] {
  if (wish.folder !== undefined) return ['--no-index', '--no-deps', '--find-links', wish.folder];
  return [indexOption, wish.indexUrl ?? indexUrl];
}

/** The pins in pip's report of an installation, which ww writes, too. */
export function pinsOfReport(report: string): string[] {
  if (report === '') return [];
  const { install } = JSON.parse(report) as { install: { metadata: { name: string; version: string } }[] };
  return install.map(({ metadata: { name, version } }) => `${name}==${version}`);
}

/** The first line that a command prints; undefined where it does not run. */
export function firstLine(command: readonly string[], { cwd, environment }: Surroundings): string | undefined {
  const { status, stdout } = spawnSync(command[0] as string, command.slice(1), {
    encoding: 'utf8',
    cwd,
    env: environment,
  });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}

/** A run in `dir` with the cache that the tool keeps for the whole bench. */
export function warmPlace(
  bench: { readonly seriesDir: string },
  { name }: Pick<Tool, 'name'>,
  dir: string,
  cachesDir = path.join(bench.seriesDir, 'caches'),
): Place {
  return { dir, cacheDir: path.join(cachesDir, name.replace(/\W.*/, '')), envDir: path.join(dir, 'env') };
}

/** A run in `dir` with a cache of its own. */
export function coldPlace(dir: string): Place {
  return { dir, cacheDir: path.join(dir, 'cache'), envDir: path.join(dir, 'env') };
}
