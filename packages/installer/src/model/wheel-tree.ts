// A wheel as the installer takes it: unpacked, checked, ready to be linked from.
import type { NormalizedName } from '@wheelwright/packaging';

/** One file of an unpacked wheel. */
export interface WheelTreeFile {
  /** As in the wheel: relative, with `/`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Whether the wheel marks the file as executable. */
  readonly executable: boolean;
  /** The content's digest, in hexadecimal. */
  readonly sha256: string;
}

/** The files of one directory. */
export interface FileGroup {
  /** Relative with `/`; `''` is the top. */
  readonly directory: string;
  /** Names of files in it. */
  readonly names: readonly string[];
}

/** The files of an unpacked wheel by directory, and as a RECORD has them. */
export interface WheelListing {
  /** All files of the wheel. */
  readonly groups: readonly FileGroup[];
  /** The RECORD rows of all files with sha256 and size, as `formatRecord` makes them; undefined where not at hand. */
  readonly record: string | undefined;
}

/** A line of `entry_points.txt`: `name = module:attribute` in the section `group`. */
export interface WheelEntryPoint {
  /** `console_scripts`, for example. */
  readonly group: string;
  /** For a script the name of its file. */
  readonly name: string;
  /** Dotted. */
  readonly module: string;
  /** Dotted. */
  readonly attribute: string;
}

/** A wheel that was unpacked and checked, so that its files can be linked. Nothing in its directories is ever written. */
export interface WheelTree {
  /** The normalized name of the distribution. */
  readonly name: NormalizedName;
  /** As its dist-info states it. */
  readonly version: string;
  /** The digest of the wheel file, in hexadecimal: it identifies an installed wheel. */
  readonly sha256: string;
  /** Absolute directory of the unpacked files. */
  readonly treeDir: string;
  /** `six-1.16.0.dist-info`. */
  readonly distInfoDir: string;
  /** `six-1.16.0.data`; it need not exist. */
  readonly dataDir: string;
  /** `Root-Is-Purelib` of its WHEEL file. */
  readonly rootIsPurelib: boolean;
  /** The directories of the wheel, parents first. */
  readonly directories: readonly string[];
  /** The files of the wheel. */
  readonly files: readonly WheelTreeFile[];
  /** The lines of its `entry_points.txt`. */
  readonly entryPoints: readonly WheelEntryPoint[];
  /** `files` by directory and as RECORD rows, where known without reading `files`: then a whole wheel is linked at once. */
  readonly listing?: WheelListing | undefined;
  /** Byte-code: `files` are relative to site-packages, for example `pkg/__pycache__/mod.cpython-311.pyc`. */
  readonly bytecode?: { readonly treeDir: string; readonly files: readonly string[] } | undefined;
  /** Whether a person asked for it, and not only a dependency: REQUESTED of its dist-info (PEP 376). */
  readonly requested: boolean;
  /** The text of `direct_url.json` (PEP 610), for a wheel that does not come from an index. */
  readonly directUrl?: string | undefined;
}
