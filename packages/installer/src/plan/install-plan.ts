// What a plan says: which wheels come, which distributions stay, which files go.
import type { NormalizedName } from '@wheelwright/packaging';
import type { PlannedScript } from '../layout/entry-point-scripts.ts';
import type { PlacedFile } from '../layout/schemes.ts';
import type {
  FileConflict,
  InstalledFile,
  InstalledOwner,
  NamedVersion,
  UnremovableDistribution,
  VersionChange,
  WheelTree,
} from '../model/types.ts';
import type { WholeWheel } from './whole-wheels.ts';

/** A wheel to be laid down. */
export interface PlannedWheel {
  readonly wheel: WheelTree;
  /** What it owns of itself, with the content that will lie there, sorted as the wheel is. */
  readonly owned: readonly InstalledFile[];
  /** Those of its files whose content is taken from its tree; the others lie there already or lost a conflict. */
  readonly lay: readonly PlacedFile[];
  readonly scripts: readonly PlannedScript[];
  /** The names of those scripts that it makes; the others are made already, or lost a conflict. */
  readonly ownScripts: ReadonlySet<string>;
  /** Where no path of it is anybody else's: the same as `owned` and `lay`, by directory. */
  readonly whole?: WholeWheel | undefined;
}

/** What to do, and what to tell about it. */
export interface InstallPlan {
  /** False: the environment is as wanted and nothing is to be touched. */
  readonly changed: boolean;
  readonly wheels: readonly PlannedWheel[];
  readonly kept: readonly InstalledOwner[];
  /** Files of the present prefix, relative to it, that do not come along. */
  readonly drop: ReadonlySet<string>;
  /** Paths of the same that do not come along whatever lies there: directories with all that is in them, and files. */
  readonly dropDirectories: ReadonlySet<string>;
  /** Kept distributions whose RECORD must tell of other content from now on. */
  readonly overridden: ReadonlyMap<NormalizedName, readonly InstalledFile[]>;
  readonly installed: readonly NamedVersion[];
  readonly removed: readonly NamedVersion[];
  readonly upgraded: readonly VersionChange[];
  readonly unchanged: readonly NamedVersion[];
  /** Not wanted, and left because their files are unknown. */
  readonly unremovable: readonly UnremovableDistribution[];
  readonly conflicts: readonly FileConflict[];
}
