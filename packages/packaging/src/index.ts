export { formatPylock, pylockDocument } from './lock/format-pylock.ts';
export {
  isPylockFilename,
  type Pylock,
  type PylockDirectory,
  type PylockFile,
  type PylockPackage,
  type PylockTable,
  type PylockVcs,
  parsePylock,
} from './lock/pylock.ts';
export { type SelectedPackage, type SelectPackagesOptions, selectPackages } from './lock/pylock-select.ts';
export {
  formatMarker,
  type Marker,
  type MarkerComparison,
  type MarkerEnvironment,
  type MarkerGroup,
  type MarkerName,
  type MarkerOperand,
  type MarkerOperator,
  parseMarker,
} from './markers/marker.ts';
export { andMarkers, orMarkers, selectingMarker, simplifyMarker } from './markers/marker-algebra.ts';
export { evaluateMarker, type MarkerSelection } from './markers/marker-evaluate.ts';
export { type DirectUrl, formatDirectUrl, parseDirectUrl } from './metadata/direct-url.ts';
export { type EntryPoint, parseEntryPoints, scriptFileName } from './metadata/entry-points.ts';
export { type Metadata, parseMetadata } from './metadata/metadata.ts';
export { type MetadataJson, metadataToJson } from './metadata/metadata-json.ts';
export { type ProjectTable, parseProjectTable, projectMetadata } from './metadata/project-table.ts';
export { changeRecord, formatRecord, parseRecord, type RecordEntry } from './metadata/record.ts';
export { parseWheelMetadata, type WheelMetadata } from './metadata/wheel-metadata.ts';
export { isValidName, type NormalizedName, normalizeName } from './name.ts';
export { PackagingError, type PackagingErrorCode } from './packaging-error.ts';
export { resolveDependencyGroup } from './requirements/dependency-groups.ts';
export { formatRequirement, parseRequirement, type Requirement } from './requirements/requirement.ts';
export {
  type ParseRequirementsFileOptions,
  parseRequirementsFile,
  type RequirementsLine,
} from './requirements/requirements-file.ts';
export { parseSdistFilename, parseWheelFilename, type SdistFilename, type WheelFilename } from './tags/filename.ts';
export type { InterpreterFacts } from './tags/interpreter-facts.ts';
export { supportedTags } from './tags/supported-tags.ts';
export { expandTags, tagRank } from './tags/tag.ts';
export {
  allowsPrereleases,
  filterVersions,
  formatSpecifiers,
  isPinned,
  mergeSpecifiers,
  parseSpecifiers,
  type SatisfiesOptions,
  type Specifier,
  type SpecifierOperator,
  type SpecifierSet,
  satisfies,
} from './versions/specifier.ts';
export { compareVersions, isPrerelease, parseVersion, tryParseVersion, type Version } from './versions/version.ts';
