export { breakLock, inspectLock, type LockInspection } from './inspect.ts';
export { Lock } from './lock.ts';
export { LockError, type LockErrorCode } from './lock-error.ts';
export type { AcquireLockOptions, TryAcquireLockOptions } from './locking.ts';
export type { LockHolder, LockMode } from './ports.ts';
export { acquireLock, tryAcquireLock, withLock } from './system-locking.ts';
