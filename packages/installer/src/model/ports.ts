import type { WheelTree } from './types.ts';

/** The directories of a run in a mount namespace of its own; all absolute and there. */
export interface Isolation {
  /** Empty; what the check writes lies here, in memory, while it runs. */
  readonly layersDir: string;
  /** Seen by the check, and as they were when it has ended. */
  readonly protectedDirs: readonly string[];
  /** In protected ones, but written to as ever. */
  readonly writableDirs: readonly string[];
}

/** Where a staged environment can be tried. */
export interface ShadowPrefix {
  /** What VIRTUAL_ENV would be; of a target directory what PYTHONPATH would name. */
  readonly dir: string;
  readonly isTarget: boolean;
  /** Come first on the PATH. */
  readonly commandDirs: readonly string[];
  readonly python: string;
  /** For what the check itself needs; it goes with the shadow. */
  readonly scratchDir: string;
  /** What a run in the shadow is kept off, and how; undefined: the shadow consists of copies. */
  readonly isolation: Isolation | undefined;
}

/** What a check gets to see. */
export interface StagedEnvironment {
  readonly environmentDir: string;
  /** Undefined where the environment is changed in place. */
  readonly generation: number | undefined;
  /** The whole content: the generation that would become current, or the shadow of a prefix that is changed in place. */
  readonly stagedDir: string;
  readonly sitePackagesDir: string;
  /** The wheels that are new in it. */
  readonly added: readonly WheelTree[];
  /** Where it can be tried: an environment of its own for as long as the check runs. */
  readonly shadow: ShadowPrefix;
  /** The descriptor of the environment's lock: a child that inherits it keeps others out until it has ended. */
  readonly lockFd: number | undefined;
}

/**
 * Looks at a staged environment; a throw undoes the change. Programs are run with `checkCommand` or `checkImports`, which
 * keep what they write off the live environment. A function that writes itself does so in `shadow.scratchDir`.
 */
export type CheckStaged = (staged: StagedEnvironment) => Promise<void>;

/** What a shared generation needs that only an interpreter and a store can give. */
export interface SharedLayout {
  /** Where shared generations live: an absolute path, not below a cache. */
  readonly dataDir: string;
  /** The same wheels with byte-code; the shared generation has to be complete, since nobody can add to it. */
  readonly compile: (wheels: readonly WheelTree[]) => Promise<readonly WheelTree[]>;
  /** Compiles those modules of `dir`, into its `__pycache__`, which is there. */
  readonly compileModules: (dir: string, names: readonly string[]) => Promise<void>;
  /** A wheel that is at hand, for a shared generation that has to be made again. */
  readonly findWheel: (sha256: string) => Promise<WheelTree | undefined>;
}
