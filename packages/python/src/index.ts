export { type Environment, type EnvironmentKind, readEnvironment } from './environment.ts';
export {
  type EnvironmentPaths,
  environmentFormat,
  environmentPaths,
  generationTarget,
  parseGenerationTarget,
  stableLinks,
  stableLinkTarget,
} from './environment-paths.ts';
export {
  committedFileName,
  formatGeneration,
  type Generation,
  type GenerationDistribution,
  generationFileName,
  generationFormat,
  parseGeneration,
} from './generation.ts';
export { PythonError, type PythonErrorCode } from './python-error.ts';
export { isPythonScript, type ScriptStubOptions, scriptStub, shebang } from './script-stub.ts';
export { formatScriptsMap, parseScriptsMap, type ScriptTarget } from './scripts-map.ts';
export { isSupportPath, type SupportFile, supportFiles, supportHashes } from './support-files.ts';
