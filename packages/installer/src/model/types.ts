import type { NormalizedName } from '@wheelwright/packaging';
import type { DistributionForm, SharedReference } from '@wheelwright/python';

/** One file of an unpacked wheel; `path` is as in the wheel, `sha256` in hexadecimal. */
export interface WheelTreeFile {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  readonly sha256: string;
}

/** The files of one directory. */
export interface FileGroup {
  /** Relative with `/`; `''` is the top. */
  readonly directory: string;
  readonly names: readonly string[];
}

/** The files of an unpacked wheel by directory, and as a RECORD has them. */
export interface WheelListing {
  readonly groups: readonly FileGroup[];
  /** The rows of all of them with sha256 and size, as `formatRecord` makes them; undefined where they are not at hand. */
  readonly record: string | undefined;
}

/** A line of `entry_points.txt`. */
export interface WheelEntryPoint {
  readonly group: string;
  readonly name: string;
  readonly module: string;
  readonly attribute: string;
}

/** A wheel unpacked and checked by a store, ready to be linked from; nothing in `treeDir` is ever written. */
export interface WheelTree {
  readonly name: NormalizedName;
  readonly version: string;
  /** Of the wheel file, in hexadecimal: what makes a repeated installation recognisable. */
  readonly sha256: string;
  readonly treeDir: string;
  readonly distInfoDir: string;
  readonly dataDir: string;
  readonly rootIsPurelib: boolean;
  /** Parents first. */
  readonly directories: readonly string[];
  readonly files: readonly WheelTreeFile[];
  readonly entryPoints: readonly WheelEntryPoint[];
  /** `files` in the shape that a wheel is linked and recorded in as a whole, where that is known without reading them. */
  readonly listing?: WheelListing | undefined;
  /** `files` are relative to the site directory, for example `pkg/__pycache__/mod.cpython-311.pyc`. */
  readonly bytecode?: { readonly treeDir: string; readonly files: readonly string[] } | undefined;
  readonly requested: boolean;
  /** The text of `direct_url.json`, for what did not come from an index. */
  readonly directUrl?: string | undefined;
}

/** What an environment is to become. All of it happens, or none. */
export interface EnvironmentChange {
  readonly add: readonly WheelTree[];
  readonly remove: readonly NormalizedName[];
  /** Everything neither added nor kept by name goes. */
  readonly exact?: { readonly keep: readonly NormalizedName[] } | undefined;
  /** Two owners of one path with different content: refuse (the default), or let the last by name win. */
  readonly onConflict?: 'error' | 'last-wins' | undefined;
  /** Install all of `add`, or those named, although the very same wheels are there already. */
  readonly force?: boolean | readonly NormalizedName[] | undefined;
  /** Files and directories of nobody that go too, relative to the prefix. */
  readonly discard?: readonly string[] | undefined;
  /** Build the environment anew although it is as wanted: its own files are written again. */
  readonly renew?: boolean | undefined;
}

/** Where the schemes lie, relative to the prefix. */
export interface SchemeLayout {
  /** purelib and platlib are one directory; '' where it is the prefix itself, as of a target directory. */
  readonly sitePackages: string;
  /** The parent of each distribution's own directory of headers. */
  readonly headers: string;
  readonly scripts: string;
  /** `lib64` is a directory of its own, and not another name of `lib`. */
  readonly separateLib64?: boolean | undefined;
}

/** A file that a RECORD names; `path` is relative to the prefix, `sha256` is base64url as in the RECORD. */
export interface InstalledFile {
  readonly path: string;
  readonly sha256?: string | undefined;
  readonly size?: number | undefined;
}

/** A distribution in an environment and what it owns. */
export interface InstalledOwner {
  readonly name: NormalizedName;
  readonly version: string;
  /** How it says that it is installed; undefined: by a `.dist-info` directory. */
  readonly form?: DistributionForm | undefined;
  /** The entry that makes it installed, relative to the prefix; a file where `form` is `distutils` or `develop`. */
  readonly distInfoDir: string;
  /** The wheel it came from, where we installed it. */
  readonly wheelSha256?: string | undefined;
  readonly requested: boolean;
  readonly editable: boolean;
  readonly installer?: string | undefined;
  /** Another version of it came behind our back, and this one was to go: the next change takes it away. */
  readonly superseded?: boolean | undefined;
  /** Undefined where it has no RECORD; paths outside the prefix are left out. */
  readonly files: readonly InstalledFile[] | undefined;
  readonly entryPoints: readonly WheelEntryPoint[];
}

/** What an environment holds. */
export interface InstalledState {
  readonly environmentDir: string;
  /** The real directory that is the prefix now: the current generation. */
  readonly prefixDir: string;
  /** Undefined where the prefix is changed in place, as one transaction. */
  readonly generation: number | undefined;
  readonly layout: SchemeLayout;
  readonly distributions: readonly InstalledOwner[];
  /** In the layout `shared`: what `lib` and the others lead into. */
  readonly shared?: SharedReference | undefined;
  /**
   * Whether `file`, of a distribution that is installed, is missing or is not as its RECORD states. Reads the disk;
   * undefined: every file is taken for whole.
   */
  readonly lacks?: ((file: InstalledFile) => boolean) | undefined;
  /** Content that lost a conflict, so that the next plan settles the conflict the same way. */
  readonly losers?: readonly LoserFile[] | undefined;
}

/** A name with the version it has or had. */
export interface NamedVersion {
  readonly name: NormalizedName;
  readonly version: string;
}

/** A distribution that a change left although it was not wanted, because its files are unknown. */
export interface UnremovableDistribution extends NamedVersion {
  /** Why its files are unknown, as a clause: `it has no RECORD`. */
  readonly reason: string;
}

/** A name that changed its version. */
export interface VersionChange {
  readonly name: NormalizedName;
  readonly from: string;
  readonly to: string;
}

/** A path that two distributions claim with different content. */
export interface FileConflict {
  readonly path: string;
  /** In the order of precedence; the last one's content is what lies there. */
  readonly owners: readonly NormalizedName[];
  readonly winner: NormalizedName;
}

/** Content that lost a conflict: `owner` would have it at `path`, had `winner` not won the path. */
export interface LoserFile {
  readonly path: string;
  readonly owner: NormalizedName;
  readonly winner: NormalizedName;
  /** Of the content, in hexadecimal: its name in the directory of losers. */
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

/** What is to come to a path, and where it waits; no `slot`: what lies there goes. */
export interface StagedEntry {
  readonly path: string;
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

export interface PrefixOptions {
  /** The directory is a target: purelib, platlib and data are the directory itself, scripts its `bin`. */
  readonly target?: TargetOptions | undefined;
  /** Change also a prefix that the system's package manager keeps (PEP 668). */
  readonly breakSystemPackages?: boolean | undefined;
}

export type Named = { readonly name: string; readonly version: string };

export interface SharedWrites {
  readonly environmentDir: string;
  /** The shared generation. */
  readonly path: string;
  /** Its directories in which names came, changed or went. */
  readonly directories: readonly string[];
  /** Distributions that are there and should not be, of another version as well. */
  readonly written: readonly Named[];
  /** Distributions that should be there and are not, of another version as well. */
  readonly taken: readonly Named[];
}
