export { type CreatedEnvironment, type CreateEnvironmentOptions, createEnvironment } from './create-environment.ts';
export { type ReadDefaultIndexUrlOptions, readDefaultIndexUrl } from './default-index.ts';
export { type InstalledDistribution, listDistributions, readInstalledRecord } from './distributions.ts';
export { type Environment, type EnvironmentKind, readEnvironment } from './environment.ts';
export { type ImageEntry, pyvenvCfg } from './environment-image.ts';
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
} from './environment-paths.ts';
export { type FindEnvironmentOptions, findEnvironment, findEnvironmentDir } from './find-environment.ts';
export { type FindInterpreterOptions, findInterpreter } from './find-interpreter.ts';
export {
  committedFileName,
  formatGeneration,
  type Generation,
  type GenerationDistribution,
  generationFileName,
  generationFormat,
  parseGeneration,
  type SharedReference,
} from './generation.ts';
export { findImageFaults, hasBin, type ImageFault } from './image-faults.ts';
export { type Interpreter, type ReadInterpreterOptions, readInterpreter } from './interpreter.ts';
export { isRealDirectory, listNames, lookAtEntry, readLink, readText } from './looking.ts';
export { isNewer, type Makeup, readMakeup, tryParseGeneration } from './makeup.ts';
export { pipGuard, pipGuardName } from './pip-guard.ts';
export type { FactsCache } from './ports.ts';
export { PythonError, type PythonErrorCode } from './python-error.ts';
export { isPythonScript, type ScriptStubOptions, scriptStub, shebang } from './script-stub.ts';
export { formatScriptsMap, parseScriptsMap, type ScriptTarget } from './scripts-map.ts';
export { scriptsMapName } from './scripts-source.ts';
export { isScriptFile } from './shims.ts';
export { isSupportPath, type SupportFile, supportFiles, supportHashes } from './support-files.ts';
export { targetEnvironment } from './target-environment.ts';
