export { changeEnvironment } from './change-environment.ts';
export { checkCommand, type RunCheckProgramOptions } from './check/check-command.ts';
export { type CheckImportsOptions, checkImports, type ImportFailure } from './check/check-imports.ts';
export { adoptEnvironment, type ConvertOptions, type ConvertResult } from './convert/adopt.ts';
export { exportEnvironment } from './convert/export-environment.ts';
export { makePlain } from './convert/make-plain.ts';
export { readInstalledState } from './environment/read-installed-state.ts';
export { type RollBackOptions, type RollBackResult, rollBack } from './environment/roll-back.ts';
export { verifyEnvironment } from './environment/verify-environment.ts';
export { type InstallWheelsOptions, installWheels } from './install-wheels.ts';
export type { ChangeOptions, WantedChange } from './model/change-options.ts';
export { InstallError, type InstallErrorCode } from './model/install-error.ts';
export type { CheckStaged, Isolation, ShadowPrefix, SharedLayout, StagedEnvironment } from './model/ports.ts';
export type {
  EnvironmentChange,
  FileConflict,
  InstalledFile,
  InstalledOwner,
  InstalledState,
  NamedVersion,
  PrefixOptions,
  SchemeLayout,
  SharedWrites,
  TargetOptions,
  UnremovableDistribution,
  VersionChange,
} from './model/types.ts';
export type { VerifyProblem, VerifyReport } from './model/verify-report.ts';
export type { WheelEntryPoint, WheelTree, WheelTreeFile } from './model/wheel-tree.ts';
export type { ChangeResult } from './plan/change-result.ts';
export { type EnvironmentFaults, findEnvironmentFaults } from './read/environment-faults.ts';
export { type GenerationInfo, listGenerations } from './read/generations.ts';
export { needsRecovery } from './read/needs-recovery.ts';
export { asideName } from './recover/aside.ts';
export { type DiscardedWork, refusedWork } from './recover/discard-work.ts';
export { type RecoverOptions, type RecoveryReport, recoverEnvironment } from './recover/recover.ts';
export { planRepair, type RepairPlan, type RepairTarget } from './repair/plan-repair.ts';
export type { RestoreInterpreter } from './repair/restore-context.ts';
export {
  type RestoreOptions,
  type RestoreReport,
  restoreEnvironment,
  whyBeyondRepair,
} from './repair/restore-environment.ts';
export { type PruneSharedOptions, type PruneSharedReport, pruneShared } from './shared/prune-shared.ts';
export { findSharedWrites } from './shared/shared-writes.ts';
