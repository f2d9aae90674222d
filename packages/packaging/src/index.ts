export { resolveDependencyGroup } from './dependency-groups.ts';
export { type DirectUrl, formatDirectUrl, parseDirectUrl } from './direct-url.ts';
export { type EntryPoint, parseEntryPoints } from './entry-points.ts';
export { parseSdistFilename, parseWheelFilename, type SdistFilename, type WheelFilename } from './filename.ts';
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
} from './marker.ts';
export { evaluateMarker, type MarkerSelection } from './marker-evaluate.ts';
export { type Metadata, parseMetadata } from './metadata.ts';
export { isValidName, type NormalizedName, normalizeName } from './name.ts';
export { PackagingError, type PackagingErrorCode } from './packaging-error.ts';
export {
  type Pylock,
  type PylockDirectory,
  type PylockFile,
  type PylockPackage,
  type PylockVcs,
  parsePylock,
} from './pylock.ts';
export { type SelectedPackage, type SelectPackagesOptions, selectPackages } from './pylock-select.ts';
export { changeRecord, formatRecord, parseRecord, type RecordEntry } from './record.ts';
export { formatRequirement, parseRequirement, type Requirement } from './requirement.ts';
export {
  type ParseRequirementsFileOptions,
  parseRequirementsFile,
  type RequirementsLine,
} from './requirements-file.ts';
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
} from './specifier.ts';
export { type InterpreterFacts, supportedTags } from './supported-tags.ts';
export { expandTags, tagRank } from './tag.ts';
export { compareVersions, isPrerelease, parseVersion, tryParseVersion, type Version } from './version.ts';
export { parseWheelMetadata, type WheelMetadata } from './wheel-metadata.ts';
