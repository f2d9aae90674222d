export { type PublishArtifactOptions, publishArtifact } from './artifact/publish-artifact.ts';
export { sameWheels } from './artifact/same-wheels.ts';
export { type BuildOneOptions, build, buildEditable, buildSdist, buildWheel } from './build.ts';
export type { AloneOptions, BuildCache, Turn } from './build-cache.ts';
export {
  type BuildManyOptions,
  type BuildWork,
  buildMany,
  runBuilds,
  type SharedBuildOptions,
} from './build-many.ts';
export type { ArtifactKind, BuildRecord, CheckedArtifact, ObservedInputs } from './build-record.ts';
export { findBuilt } from './build-through-cache.ts';
export { createDirectoryCache, type DirectoryCache, type DirectoryCacheOptions } from './cache/directory-cache.ts';
export { Pep517Error, type Pep517ErrorCode } from './pep517-error.ts';
export { createPipProvisioner, type PipProvisionerOptions } from './pip-provisioner.ts';
export type {
  ExtendOptions,
  InterpreterRef,
  ProvidedEnvironment,
  ProvideOptions,
  Provisioner,
  TreeUnderConstruction,
} from './ports.ts';
export { type PreparedMetadata, type PrepareMetadataOptions, prepareMetadata } from './prepare-metadata.ts';
export { type BackendRef, type Project, readProject } from './project/project.ts';
export { readTomlFile, type TomlValues } from './project/pyproject-file.ts';
export { type StatedMetadata, statedMetadata } from './project/static-metadata.ts';
export { type FoundMetadata, readMetadata } from './read-metadata.ts';
export type { HookName } from './runner/hook-outcome.ts';
export { createJobSlots, type JobSlots } from './runner/job-slots.ts';
export { createRunnerPool, type RunnerPool } from './runner/runner-pool.ts';
export type { BuildEvent, BuildOptions, BuildResult, BuildStrategy } from './session/build-types.ts';
export { type Snapshot, type SnapshotTreeOptions, snapshotTree } from './tree/snapshot-tree.ts';
