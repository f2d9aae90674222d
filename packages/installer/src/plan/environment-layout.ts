// The layout of an environment as a value. An environment holds its own generations (`own`), has generations that lead
// into shared ones (`shared`), or is a prefix that is changed in place (`in-place`). Each layout is made in a folder of
// its own; `layoutOf` chooses; everything else calls these functions and does not ask which layout it has.
import type { GenerationDistribution } from '@wheelwright/python';
import type { ChangeContext } from '../model/change-context.ts';
import type { EnvironmentChange, InstalledState, PrefixOptions } from '../model/types.ts';
import type { VerifyProblem, VerifyReport } from '../model/verify-report.ts';
import type { ChangeResult, ChangeSummary } from './change-result.ts';

/** The three ways in which an environment holds its packages. */
export type LayoutName = 'own' | 'shared' | 'in-place';

/** What an environment of one layout can do. Making the value reads nothing; each function reads the disk again. */
export interface EnvironmentLayout {
  /** Which layout it is, for conversions from one into another. */
  readonly name: LayoutName;
  /** Whether an earlier state is kept to go back to. */
  readonly keepsGenerations: boolean;
  /** Reads what the environment holds. Needs no lock. Throws what `readEnvironment` throws. */
  read(): InstalledState;
  /** Compares every file with the RECORD that names it. Needs no lock, changes nothing. Throws what `read` throws. */
  verify(): VerifyReport;
  /** Finds scripts that start the interpreter of another place: each is as its RECORD states, so `verify` passes it. */
  findMovedScripts(state: InstalledState): readonly VerifyProblem[];
  /** The whole set that has to be made again because what holds it is lost or edited; undefined: nothing such is. */
  findLostSet(state: InstalledState): readonly GenerationDistribution[] | undefined;
  /** Begins a change: the environment's lock is held, and a transaction of a dead writer is finished or undone. */
  change(context: ChangeContext): ChangeSteps;
}

/** Makes the layout of the environment at `environmentDir`, which has that layout. */
export type MakeLayout = (environmentDir: string, options: PrefixOptions) => EnvironmentLayout;

/** The steps of a change, in their order; numbers as in docs/protocols/install.md and foreign.md. */
export interface ChangeSteps {
  /** 2. Finishes or undoes what a dead writer left. Crash here: the next recovery does the same again. */
  recover(): void;
  /** 3. Reads the environment, with what pip or uv wrote. Crash here: nothing was changed. */
  read(): Promise<InstalledState>;
  /** 3. Plans `change`. Throws what `planInstall` throws. Crash here: nothing was changed. */
  plan(state: InstalledState, change: EnvironmentChange): Promise<PlannedChange | WrittenMeanwhile>;
}

/** A plan that can be carried out. */
export interface PlannedChange {
  /** False: the environment is as wanted, and nothing may be touched. */
  readonly changed: boolean;
  /** What it does to distributions. */
  readonly summary: ChangeSummary;
  /** 4. Stages the content aside, syncs and checks it. Crash here: litter, which the next recovery removes. */
  stage(): Promise<StagedChange | WrittenMeanwhile>;
  /** Releases what the plan holds: called once, whether or not the change was made. */
  release(): void;
}

/** Content that is ready to take effect. */
export interface StagedChange {
  /** 5–7. Commits, and finishes what follows the commit. On throw nothing was changed, unless `data.committed` is true. */
  commit(): ChangeResult | WrittenMeanwhile;
}

/** Another program wrote to these paths. Nothing was changed and nothing staged is left: the change is planned again. */
export interface WrittenMeanwhile {
  readonly written: readonly string[];
}

/** Whether a step ended because another program wrote. */
export function isWritten(outcome: object): outcome is WrittenMeanwhile {
  return 'written' in outcome;
}
