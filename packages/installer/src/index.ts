export { adoptEnvironment, type ConvertOptions, type ConvertResult } from './adopt.ts';
export { asideName } from './aside.ts';
export type { SharedLayout } from './build-shared.ts';
export { type ChangeOptions, changeEnvironment, type WantedChange } from './change-environment.ts';
export { type CheckImportsOptions, checkImports, type ImportFailure } from './check-imports.ts';
export { checkCommand, type RunCheckProgramOptions } from './check-program.ts';
export type { CheckStaged, StagedEnvironment } from './check-staged.ts';
export type { ChangeResult } from './commit-generation.ts';
export { type DiscardedWork, refusedWork } from './discard-work.ts';
export { type EnvironmentFaults, findEnvironmentFaults } from './environment-faults.ts';
export { exportEnvironment } from './export-environment.ts';
export { type GenerationInfo, listGenerations } from './generations.ts';
export { InstallError, type InstallErrorCode } from './install-error.ts';
export { readInstalledState } from './installed-state.ts';
export { makePlain } from './make-plain.ts';
export { type InstallPlan, type PlannedWheel, planInstall } from './plan-install.ts';
export { planRepair, type RepairPlan, type RepairTarget } from './plan-repair.ts';
export type { PrefixOptions, TargetOptions } from './prefix.ts';
export { type PruneSharedOptions, type PruneSharedReport, pruneShared } from './prune-shared.ts';
export { needsRecovery, type RecoverOptions, type RecoveryReport, recoverEnvironment } from './recover.ts';
export {
  type RestoreInterpreter,
  type RestoreOptions,
  type RestoreReport,
  remakeCommand,
  restoreEnvironment,
  whyBeyondRepair,
} from './restore-environment.ts';
export { type RollBackOptions, type RollBackResult, rollBack } from './roll-back.ts';
export type { ShadowPrefix } from './shadow-prefix.ts';
export { findSharedWrites, type SharedWrites } from './shared-writes.ts';
export type {
  EnvironmentChange,
  FileConflict,
  InstalledFile,
  InstalledOwner,
  InstalledState,
  NamedVersion,
  SchemeLayout,
  VersionChange,
  WheelEntryPoint,
  WheelTree,
  WheelTreeFile,
} from './types.ts';
export { type VerifyProblem, type VerifyReport, verifyEnvironment } from './verify.ts';
