export { ResolverError, type ResolverErrorCode } from './errors.ts';
export type {
  Candidate,
  CandidateRequirements,
  PackageProvider,
  RefusedVersion,
  UnusableCandidate,
} from './ports.ts';
export { resolve } from './resolve.ts';
export type {
  Constraint,
  Pin,
  PrereleasePolicy,
  Resolution,
  ResolutionWarning,
  ResolveOptions,
  RootRequirement,
  VersionOrder,
} from './types.ts';
