// The data of this package: what an environment holds, and what it is to become.
import type { DirectUrl, NormalizedName } from '@wheelwright/packaging';
import type { DistributionForm, SharedReference } from '@wheelwright/python';
import type { WheelEntryPoint, WheelTree } from './wheel-tree.ts';

/** What an environment is to become. All of it happens, or none. */
export interface EnvironmentChange {
  /** Wheels to install; each replaces what is installed under its name. */
  readonly add: readonly WheelTree[];
  /** Distributions to remove. */
  readonly remove: readonly NormalizedName[];
  /** Remove every distribution that is neither in `add` nor in `keep`. */
  readonly exact?: { readonly keep: readonly NormalizedName[] } | undefined;
  /** Where two distributions have different content for one path: refuse (the default), or let the last by name win. */
  readonly onConflict?: 'error' | 'last-wins' | undefined;
  /** Install all of `add`, or the named ones, even where the same wheels are installed. */
  readonly force?: boolean | readonly NormalizedName[] | undefined;
  /** Files and directories without an owner to remove too, relative to the prefix. */
  readonly discard?: readonly string[] | undefined;
  /** Write the environment's own files again, even where it is as wanted. */
  readonly renew?: boolean | undefined;
}

/** The directories of the installation schemes, relative to the prefix. */
export interface SchemeLayout {
  /** purelib and platlib, which are one directory; `''` where it is the prefix itself, as for a target directory. */
  readonly sitePackages: string;
  /** The parent of each distribution's own directory of headers. */
  readonly headers: string;
  /** The directory of commands. */
  readonly scripts: string;
  /** Whether `lib64` is a directory of its own, and not another name of `lib`. */
  readonly separateLib64?: boolean | undefined;
}

/** A file that a RECORD names. */
export interface InstalledFile {
  /** Relative to the prefix. */
  readonly path: string;
  /** In base64url as RECORD states it; `algorithm=digest` for another algorithm; undefined where RECORD states none. */
  readonly sha256?: string | undefined;
  /** In bytes; undefined where RECORD states none. */
  readonly size?: number | undefined;
}

/** A distribution in an environment, and what it owns. */
export interface InstalledOwner {
  /** Its normalized name. */
  readonly name: NormalizedName;
  /** As its metadata states it. */
  readonly version: string;
  /** How it is recorded as installed; undefined: by a `.dist-info` directory. */
  readonly form?: DistributionForm | undefined;
  /** The entry that makes it installed, relative to the prefix; a file where `form` is `distutils` or `develop`. */
  readonly distInfoDir: string;
  /** Hexadecimal sha256 of its wheel, where this installer installed it. */
  readonly wheelSha256?: string | undefined;
  /** Whether a person asked for it (REQUESTED, PEP 376). */
  readonly requested: boolean;
  /** Whether it is an editable installation (PEP 610, or `setup.py develop`). */
  readonly editable: boolean;
  /** Where it came from (PEP 610); undefined for an index. */
  readonly directUrl?: DirectUrl | undefined;
  /** The program that installed it (INSTALLER); undefined where nothing says so. */
  readonly installer?: string | undefined;
  /** Another program installed another version beside it and meant to remove this one: the next change removes it. */
  readonly superseded?: boolean | undefined;
  /** Undefined where no RECORD says which files it owns. Paths outside of the prefix are left out. Read on first use. */
  readonly files: readonly InstalledFile[] | undefined;
  /** The lines of its `entry_points.txt`. Read on first use. */
  readonly entryPoints: readonly WheelEntryPoint[];
}

/** What an environment holds. */
export interface InstalledState {
  /** Absolute, as the caller named it. */
  readonly environmentDir: string;
  /** Absolute path of the directory that is the prefix now: the current generation, or the environment itself. */
  readonly prefixDir: string;
  /** The number of the current generation; undefined where the prefix is changed in place. */
  readonly generation: number | undefined;
  /** Where the schemes are in the prefix. */
  readonly layout: SchemeLayout;
  /** Sorted by name; a name occurs twice where two versions of it are installed. */
  readonly distributions: readonly InstalledOwner[];
  /** In the layout `shared`: the shared generation that the current one leads into. */
  readonly shared?: SharedReference | undefined;
  /**
   * Whether `file` of an installed distribution is missing or differs from its RECORD. Reads the disk. Undefined: every
   * file counts as it is recorded.
   */
  readonly lacks?: ((file: InstalledFile) => boolean) | undefined;
  /** Content that lost a conflict, so that the next plan settles the conflict the same way. */
  readonly losers?: readonly LoserFile[] | undefined;
}

/** A distribution by name and version. */
export interface NamedVersion {
  /** Its normalized name. */
  readonly name: NormalizedName;
  /** The version that it has or had. */
  readonly version: string;
}

/** A distribution that was not wanted and stays, because no RECORD says which files it owns. */
export interface UnremovableDistribution extends NamedVersion {
  /** Why its files are unknown, as a clause: `it has no RECORD`. */
  readonly reason: string;
}

/** A distribution that changed its version. */
export interface VersionChange {
  /** Its normalized name. */
  readonly name: NormalizedName;
  /** The version before. */
  readonly from: string;
  /** The version after. */
  readonly to: string;
}

/** A path that two distributions claim with different content. */
export interface FileConflict {
  /** Relative to the prefix. */
  readonly path: string;
  /** In the order of precedence: the last one wins. */
  readonly owners: readonly NormalizedName[];
  /** The distribution whose content is at the path afterwards. */
  readonly winner: NormalizedName;
}

/** Content that lost a conflict: `owner` would have it at `path`, had `winner` not won the path. */
export interface LoserFile {
  readonly path: string;
  readonly owner: NormalizedName;
  readonly winner: NormalizedName;
  /** The content's digest, in hexadecimal: its name in the directory of losers. */
  readonly sha256: string;
  readonly size: number;
}

/** A file to write; `target` is relative to the prefix. */
export interface WrittenFile {
  readonly target: string;
  readonly data: string | Uint8Array;
  /** Permission bits, before the process's umask. */
  readonly mode: number;
}

/** Paths that leave the prefix, relative to it. A path of several owners leaves only when none of them stays. */
export interface LeavingPaths {
  readonly files: ReadonlySet<string>;
  /** Directories that leave with everything in them. */
  readonly directories: ReadonlySet<string>;
}

/** The content of a file: linked from the absolute path `source`, or written. */
export type Content =
  | { readonly kind: 'linked'; readonly source: string }
  | { readonly kind: 'written'; readonly data: string | Uint8Array; readonly mode: number };

/** A path that a transaction changes. */
export interface StagedEntry {
  /** Relative to the prefix. */
  readonly path: string;
  /** Absolute path of the staged content; undefined: the path is removed. */
  readonly slot: string | undefined;
}

/** A directory that packages are put into for some interpreter, which need not know of it. */
export interface TargetOptions {
  /** The absolute path of an interpreter of this machine that runs its packages: a check runs in it. */
  readonly python: string;
  /**
   * The interpreter that its scripts look for on the PATH before `python3`: `python3.11`. Default: the name of `python`.
   * No script of a target names a path of this machine.
   */
  readonly pythonName?: string | undefined;
}

/** Which prefixes may be changed. */
export interface PrefixOptions {
  /** The directory is a target: purelib, platlib and data are the directory itself, scripts its `bin`. */
  readonly target?: TargetOptions | undefined;
  /** Also change a prefix that the system's package manager manages (PEP 668). */
  readonly breakSystemPackages?: boolean | undefined;
}

/** A distribution by name and version, as a manifest spells them. */
export type Named = { readonly name: string; readonly version: string };

/** What another program wrote into packages that environments share. */
export interface SharedWrites {
  /** Absolute path of the environment that led to the discovery. */
  readonly environmentDir: string;
  /** Absolute path of the shared generation. */
  readonly path: string;
  /** Its directories in which names came, changed or went; relative to it. */
  readonly directories: readonly string[];
  /** Distributions that are there and should not be; also those of another version. */
  readonly written: readonly Named[];
  /** Distributions that should be there and are not; also those of another version. */
  readonly taken: readonly Named[];
}
