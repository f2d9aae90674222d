export type { DiscardedWork } from '@wheelwright/installer';
export { type BuildProjectOptions, buildProject, buildThroughSdist } from './build.ts';
export { type BuildProjectsOptions, buildProjects, type ProjectToBuild } from './build-projects.ts';
export { cacheSize, cleanCache, type PruneCacheOptions, pruneCache, verifyCache } from './cache.ts';
export type { CheckOptions } from './check.ts';
export { type AdoptOptions, adopt } from './convert.ts';
export { type CreateVenvOptions, createVenv } from './create-venv.ts';
export { type Diagnosis, doctor } from './doctor.ts';
export {
  breakLocks,
  generations,
  list,
  locks,
  type RecoverCommandOptions,
  recover,
  rollBackTo,
  type UninstallOptions,
  uninstall,
  verify,
} from './environment-commands.ts';
export type { OnEvent, ToolEvent } from './events.ts';
export { exitCodeOf, exitCodes } from './exit-code.ts';
export type { FoundIn } from './find-wheel-again.ts';
export type { Finding, FindingKind } from './finding.ts';
export { type InstallOptions, type InstallOutcome, install } from './install.ts';
export type { PlaceOptions } from './place.ts';
export { type RepairedDistribution, type RepairOptions, type RepairOutcome, repair } from './repair.ts';
export type { ResolvedWheel } from './resolve-wheels.ts';
export { type IndexSettings, readSettings, type Settings, type SettingsOptions } from './settings.ts';
export { exportVenv } from './sharing.ts';
export { type SyncOptions, sync } from './sync.ts';
export { type OpenToolOptions, openTool, type Tool } from './tool.ts';
export { WheelwrightError, type WheelwrightErrorCode } from './wheelwright-error.ts';
