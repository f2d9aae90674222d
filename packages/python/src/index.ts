export {
  type DistributionForm,
  type InstalledDistribution,
  listDistributions,
  readInstalledRecord,
} from './environment/distributions.ts';
export { type Environment, type EnvironmentKind, readEnvironment } from './environment/environment.ts';
export {
  type EnvironmentPaths,
  environmentFormat,
  environmentPaths,
  generationTarget,
  parseGenerationTarget,
  placeholderName,
  rootName,
  stableLinks,
  stableLinkTarget,
} from './environment/environment-paths.ts';
export { type FindEnvironmentOptions, findEnvironment, findEnvironmentDir } from './environment/find-environment.ts';
export {
  committedFileName,
  formatGeneration,
  type Generation,
  type GenerationDistribution,
  generationFileName,
  generationFormat,
  parseGeneration,
  type SharedReference,
} from './environment/generation.ts';
export { pipGuard, pipGuardName } from './environment/pip-guard.ts';
export { isNewer, type Makeup, readMakeup, tryParseGeneration } from './environment/surviving-facts.ts';
export {
  type CreatedEnvironment,
  type CreateEnvironmentOptions,
  createEnvironment,
} from './image/create-environment.ts';
export { type ImageEntry, pyvenvCfg } from './image/environment-image.ts';
export { findImageFaults, hasBin, type ImageFault } from './image/image-faults.ts';
export { isSupportPath, type SupportFile, supportFiles, supportHashes } from './image/support-files.ts';
export { targetEnvironment } from './image/target-environment.ts';
export { type ReadDefaultIndexUrlOptions, readDefaultIndexUrl } from './interpreter/default-index.ts';
export { type FindInterpreterOptions, findInterpreter } from './interpreter/find-interpreter.ts';
export { type Interpreter, type ReadInterpreterOptions, readInterpreter } from './interpreter/interpreter.ts';
export { isScriptFile } from './interpreter/shims.ts';
export type { FactsCache } from './ports.ts';
export { PythonError, type PythonErrorCode } from './python-error.ts';
export {
  isPythonScript,
  parseLongScript,
  pythonScript,
  type ScriptInterpreter,
  type ScriptStubOptions,
  scriptStub,
  shebang,
} from './scripts/script-stub.ts';
export { formatScriptsMap, parseScriptsMap, type ScriptTarget } from './scripts/scripts-map.ts';
export { scriptsMapName } from './scripts/scripts-source.ts';
