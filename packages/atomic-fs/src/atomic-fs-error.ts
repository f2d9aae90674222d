// What this package throws where a caller is expected to act; plain failures of the operating system pass as they are.
import { CodedError } from '@wheelwright/errors';

/** `ATOMIC_FS_NOT_DURABLE` comes after the change was made: `data.committed` says so. */
export type AtomicFsErrorCode = 'ATOMIC_FS_NOT_DURABLE' | 'ATOMIC_FS_LINK_UNSUPPORTED';

export class AtomicFsError extends CodedError<AtomicFsErrorCode> {}
