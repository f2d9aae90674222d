// The locks of this machine: the backends wired, and the three functions that the package exports.
import { createFlockBackend } from './flock-backend.ts';
import { createLocking, type Locking } from './locking.ts';

const locking = createLocking({
  flock: createFlockBackend(),
  loadFallback: async () => (await import('./mtime-backend.ts')).mtimeBackend,
});

export const acquireLock: Locking['acquireLock'] = locking.acquireLock;
export const tryAcquireLock: Locking['tryAcquireLock'] = locking.tryAcquireLock;
export const withLock: Locking['withLock'] = locking.withLock;
