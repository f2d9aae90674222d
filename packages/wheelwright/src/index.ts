export type { DiscardedWork } from '@wheelwright/installer';
export { type BuildProjectOptions, buildProject, buildThroughSdist } from './build/build.ts';
export { type BuildProjectsOptions, buildProjects, type ProjectToBuild } from './build/build-projects.ts';
export {
  type BuildRequest,
  type BuiltWheel,
  buildEditable,
  buildWheel,
  type SourceToBuild,
} from './build/build-wheel.ts';
export { readMetadata } from './build/read-metadata.ts';
export { type AdoptOptions, adopt } from './commands/adopt.ts';
export type { AppliedChange, ApplyOptions } from './commands/apply-resolved.ts';
export type { BuildChoices } from './commands/build-choices.ts';
export { cacheSize, cleanCache, type PruneCacheOptions, pruneCache, verifyCache } from './commands/cache.ts';
export type { CheckOptions } from './commands/check.ts';
export { type CreateVenvOptions, createVenv } from './commands/create-venv.ts';
export { type Diagnosis, doctor } from './commands/doctor.ts';
export { type DownloadedFile, type DownloadOptions, download } from './commands/download.ts';
export {
  breakLocks,
  generations,
  list,
  locks,
  type MeasuredGeneration,
  type Pin,
  type RecoverCommandOptions,
  type RolledBack,
  recover,
  rollBackTo,
  type UninstallOptions,
  uninstall,
  verify,
} from './commands/environment-commands.ts';
export { exportVenv } from './commands/export-venv.ts';
export type { Finding, FindingKind } from './commands/finding.ts';
export { type InstallOptions, type InstallOutcome, install } from './commands/install.ts';
export { type LockOptions, type LockOutcome, lock } from './commands/lock.ts';
export { type OutdatedDistribution, outdated } from './commands/outdated.ts';
export { type PushedWheels, type PushOptions, pushWheels } from './commands/push-wheels.ts';
export {
  check,
  type FreezeOptions,
  freeze,
  type ReadOptions,
  type RequirementGraph,
  type RequirementNode,
  type ShownDistribution,
  show,
  tree,
} from './commands/read-installed.ts';
export {
  checkRemoteOf,
  createRemoteKeys,
  type PulledWheels,
  pullWheels,
  type RemoteFigures,
  remoteFigures,
} from './commands/remote.ts';
export { repair } from './commands/repair.ts';
export type { RepairedDistribution, RepairFailure, RepairOptions, RepairOutcome } from './commands/repair-outcome.ts';
export { type HeldEnvironment, holdEnvironment } from './commands/run-environment.ts';
export { type SyncOptions, sync } from './commands/sync.ts';
export type { PlaceOptions } from './environment/place.ts';
export type { PullOptions } from './lock/named-set.ts';
export type { FormatOption } from './requirements/format-control.ts';
export type { ChoiceOptions } from './requirements/input-options.ts';
export type { AskOptions } from './requirements/read-asked-for.ts';
export type { ResolvedWheel } from './requirements/resolution.ts';
export type { UnmetRequirement } from './requirements/unmet-requirements.ts';
export type { FoundIn } from './resolve/find-original-wheel.ts';
export type { OnEvent, ToolEvent } from './tool/events.ts';
export { exitCodeOf, exitCodes } from './tool/exit-code.ts';
export type { AwsSettings, RemoteMode, RemoteOptions, RemoteSettings } from './tool/remote-settings.ts';
export { type IndexSettings, readSettings, type Settings, type SettingsOptions } from './tool/settings.ts';
export { type OpenToolOptions, openTool, type Tool } from './tool/tool.ts';
export { hintOf } from './tool/way-out.ts';
export { WheelwrightError, type WheelwrightErrorCode } from './tool/wheelwright-error.ts';
export { shellLine } from './tool/wording.ts';
