// The paths of an environment. Only this file spells the names of the layout, so that creation, installation and recovery
// cannot disagree about them.
import path from 'node:path';

/** The version of the layout below `.wheelwright`, written into its `format` file. */
export const environmentFormat = 1;

/** The name of the directory that makes an environment one of ours. */
export const rootName = '.wheelwright';

/** The top-level names that an environment of ours always has as links through `current`. */
export const stableLinks: readonly string[] = ['bin', 'lib', 'lib64', 'include', 'share', 'etc'];

/**
 * A file in `share`, `etc` and `include` of a generation: pip removes a directory with its last file, and then the
 * stable link would lead nowhere, which no tool can write through.
 */
export const placeholderName = '.wheelwright-keep';

/** The absolute paths of an environment. */
export interface EnvironmentPaths {
  /** The environment itself. */
  readonly dir: string;
  /** Its `pyvenv.cfg`. */
  readonly pyvenvCfg: string;
  /** The lock that writers take; uv locks the same file in a venv. */
  readonly lock: string;
  /** `.wheelwright`. */
  readonly root: string;
  /** Version of the layout below `root`. */
  readonly format: string;
  /** The pointer: a symbolic link to `generations/N`. */
  readonly current: string;
  /** Contains the generations, by number. */
  readonly generations: string;
  /** Contains the generation that is being built. */
  readonly staging: string;
  /** Contains superseded generations until they are deleted. */
  readonly trash: string;
}

/** The paths of the environment at the absolute path `dir`. Nothing is looked at. */
export function environmentPaths(dir: string): EnvironmentPaths {
  const root = path.join(dir, rootName);
  return {
    dir,
    pyvenvCfg: path.join(dir, 'pyvenv.cfg'),
    lock: path.join(dir, '.lock'),
    root,
    format: path.join(root, 'format'),
    current: path.join(root, 'current'),
    generations: path.join(root, 'generations'),
    staging: path.join(root, 'staging'),
    trash: path.join(root, 'trash'),
  };
}

/** What `current` holds when generation `number` is the current one: relative, so that an environment can be copied. */
export function generationTarget(number: number): string {
  return `generations/${number}`;
}

/** What the stable link `name` of an environment holds (`bin` → `.wheelwright/current/bin`). */
export function stableLinkTarget(name: string): string {
  return `${rootName}/current/${name}`;
}

/** The number in the target of `current`, or undefined where it is not the name of a generation. */
export function parseGenerationTarget(target: string): number | undefined {
  const match = /^generations\/([1-9][0-9]{0,8})\/?$/.exec(target);
  return match ? Number(match[1]) : undefined;
}
