export { type ChangeOptions, changeEnvironment, type WantedChange } from './change-environment.ts';
export { checkCommand, type RunCheckProgramOptions } from './check/check-command.ts';
export { type CheckImportsOptions, checkImports, type ImportFailure } from './check/check-imports.ts';
export { adoptEnvironment, type ConvertOptions, type ConvertResult } from './convert/adopt.ts';
export { exportEnvironment } from './convert/export-environment.ts';
export { makePlain } from './convert/make-plain.ts';
export type { ChangeResult } from './generation/commit-generation.ts';
export { type GenerationInfo, listGenerations } from './generation/generations.ts';
export { InstallError, type InstallErrorCode } from './model/install-error.ts';
export type { CheckStaged, Isolation, ShadowPrefix, StagedEnvironment } from './model/ports.ts';
export type {
  EnvironmentChange,
  FileConflict,
  InstalledFile,
  InstalledOwner,
  InstalledState,
  NamedVersion,
  SchemeLayout,
  UnremovableDistribution,
  VersionChange,
  WheelEntryPoint,
  WheelTree,
  WheelTreeFile,
} from './model/types.ts';
export { type InstallPlan, type PlannedWheel, planInstall } from './plan/plan-install.ts';
export { type EnvironmentFaults, findEnvironmentFaults } from './read/environment-faults.ts';
export { readInstalledState } from './read/installed-state.ts';
export type { PrefixOptions, TargetOptions } from './read/prefix.ts';
export { asideName } from './recover/aside.ts';
export { type DiscardedWork, refusedWork } from './recover/discard-work.ts';
export { needsRecovery, type RecoverOptions, type RecoveryReport, recoverEnvironment } from './recover/recover.ts';
export { type RollBackOptions, type RollBackResult, rollBack } from './recover/roll-back.ts';
export { planRepair, type RepairPlan, type RepairTarget } from './repair/plan-repair.ts';
export {
  type RestoreInterpreter,
  type RestoreOptions,
  type RestoreReport,
  remakeCommand,
  restoreEnvironment,
  whyBeyondRepair,
} from './repair/restore-environment.ts';
export type { SharedLayout } from './shared/build-shared.ts';
export { type PruneSharedOptions, type PruneSharedReport, pruneShared } from './shared/prune-shared.ts';
export { findSharedWrites, type SharedWrites } from './shared/shared-writes.ts';
export { type VerifyProblem, type VerifyReport, verifyEnvironment } from './verify/verify-environment.ts';
