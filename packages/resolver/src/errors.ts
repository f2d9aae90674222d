// Why there is no resolution. The explanation is in the message; what callers act on is in `data`.
import { CodedError } from '@wheelwright/errors';

/**
 * Why no set of versions was found: requirements that exclude each other only through what candidates require; a name that
 * no source knows; requirements and constraints that contradict each other directly.
 */
export type ResolverErrorCode = 'RESOLVE_UNSATISFIABLE' | 'RESOLVE_NOT_FOUND' | 'RESOLVE_CONFLICT';

/** `data.packages` names the distributions concerned; `data.facts` has the lines of the explanation. */
export class ResolverError extends CodedError<ResolverErrorCode> {}
