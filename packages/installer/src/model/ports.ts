// What the installer needs and others implement, and what a check is given.
import type { WheelTree } from './wheel-tree.ts';

/** The directories of a program that runs in a mount namespace of its own; all are absolute and exist. */
export interface Isolation {
  /** Empty. Holds, in memory, what the check writes while it runs. */
  readonly layersDir: string;
  /** Visible to the check, and unchanged when it has ended. */
  readonly protectedDirs: readonly string[];
  /** Directories in protected ones that the check really writes to. */
  readonly writableDirs: readonly string[];
}

/** A prefix made for one check, in which a staged environment can be tried. */
export interface ShadowPrefix {
  /** Absolute: what `VIRTUAL_ENV` would be, or for a target directory what `PYTHONPATH` would name. */
  readonly dir: string;
  /** Whether it stands for a target directory. */
  readonly isTarget: boolean;
  /** Absolute directories that come first on the PATH. */
  readonly commandDirs: readonly string[];
  /** Absolute path of the interpreter that finds the staged packages. */
  readonly python: string;
  /** Absolute directory for files of the check itself; removed with the shadow. */
  readonly scratchDir: string;
  /** What a program in the shadow must not change; undefined: the shadow consists of copies. */
  readonly isolation: Isolation | undefined;
}

/** What a check is given. */
export interface StagedEnvironment {
  /** Absolute path of the live environment. */
  readonly environmentDir: string;
  /** The number of the staged generation; undefined where the environment is changed in place. */
  readonly generation: number | undefined;
  /** Absolute: the generation that would become current, or the shadow of a prefix that is changed in place. */
  readonly stagedDir: string;
  /** Absolute: site-packages in `stagedDir`. */
  readonly sitePackagesDir: string;
  /** The wheels that the change installs. */
  readonly added: readonly WheelTree[];
  /** Where the staged environment can be tried, for as long as the check runs. */
  readonly shadow: ShadowPrefix;
  /** The descriptor of the environment's lock: a child that inherits it keeps other processes out until it has ended. */
  readonly lockFd: number | undefined;
}

/**
 * Looks at a staged environment; a throw undoes the change. `checkCommand` and `checkImports` run programs in it and keep
 * what they write off the live environment. A check that writes files itself writes them into `shadow.scratchDir`.
 */
export type CheckStaged = (staged: StagedEnvironment) => Promise<void>;

/** What a shared generation needs and only an interpreter and a store can give. */
export interface SharedLayout {
  /** Where shared generations are: an absolute path, not below a cache. */
  readonly dataDir: string;
  /** Returns the same wheels with byte-code: no environment can add byte-code to a shared generation later. */
  readonly compile: (wheels: readonly WheelTree[]) => Promise<readonly WheelTree[]>;
  /** Compiles the modules `names` of the absolute directory `dir` into its `__pycache__`, which exists. */
  readonly compileModules: (dir: string, names: readonly string[]) => Promise<void>;
  /** Finds the wheel with this sha256 (hexadecimal), to make a shared generation again; undefined: not at hand. */
  readonly findWheel: (sha256: string) => Promise<WheelTree | undefined>;
}
