export { ResolverError, type ResolverErrorCode } from './errors.ts';
export type { Candidate, CandidateRequirements, PackageProvider } from './ports.ts';
export { resolve } from './resolve.ts';
export type { Pin, Resolution, ResolveOptions, RootRequirement } from './types.ts';
