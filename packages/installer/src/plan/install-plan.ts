// What a plan says: one operation for each distribution, and which paths leave the prefix. Only types and views of them.
import type { PlannedScript } from '../layout/entry-point-scripts.ts';
import type { PlacedFile } from '../layout/schemes.ts';
import type { InstalledFile, InstalledOwner, LeavingPaths } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import type { ChangeSummary } from './change-result.ts';
import type { WholeWheel } from './whole-wheels.ts';

/** What a change does to one distribution. */
export type Operation = AddOperation | ReplaceOperation | RemoveOperation | KeepOperation;

/** A wheel is installed whose distribution was not there. */
export interface AddOperation {
  readonly kind: 'add';
  readonly wheel: PlannedWheel;
}

/** A wheel takes the place of what is installed under its name. */
export interface ReplaceOperation {
  readonly kind: 'replace';
  readonly wheel: PlannedWheel;
  /** More than one where the name is installed twice. */
  readonly replaced: readonly InstalledOwner[];
}

/** A distribution goes. */
export interface RemoveOperation {
  readonly kind: 'remove';
  readonly owner: InstalledOwner;
}

/** A distribution stays as it is, but for paths that a wheel wins from it. */
export interface KeepOperation {
  readonly kind: 'keep';
  readonly owner: InstalledOwner;
  /** The files of `owner` that hold a wheel's content afterwards, with the hash and size of that content. */
  readonly overridden: readonly InstalledFile[];
}

/** A wheel with what is taken from it. */
export interface PlannedWheel {
  readonly wheel: WheelTree;
  /** The files that it owns, with the content that is there afterwards, sorted as the wheel is. */
  readonly owned: readonly InstalledFile[];
  /** The files whose content is taken from its tree; the others are there already, or it loses the conflict. */
  readonly lay: readonly PlacedFile[];
  /** The commands that it declares. */
  readonly scripts: readonly PlannedScript[];
  /** The names of the commands that it makes; the others are made already, or it loses the conflict. */
  readonly ownScripts: ReadonlySet<string>;
  /** `owned` and `lay` by directory, where no other distribution claims a path of the wheel. */
  readonly whole?: WholeWheel | undefined;
}

/** A change, planned file by file. */
export interface InstallPlan {
  /** False: the environment is as wanted, and nothing may be touched. */
  readonly changed: boolean;
  /** Wheels sorted by name, then what goes, then what stays. */
  readonly operations: readonly Operation[];
  readonly leaving: LeavingPaths;
  readonly summary: ChangeSummary;
}

/** The wheels that `plan` installs, sorted by name. */
export function wheelsOf({ operations }: Pick<InstallPlan, 'operations'>): readonly PlannedWheel[] {
  return operations.flatMap((one) => (one.kind === 'add' || one.kind === 'replace' ? [one.wheel] : []));
}

/** The distributions that `plan` keeps, in the order of the environment. */
export function keptOf({ operations }: Pick<InstallPlan, 'operations'>): readonly KeepOperation[] {
  return operations.filter((one) => one.kind === 'keep');
}
