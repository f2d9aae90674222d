// The three functions that the package exports, over the backends of this machine.
import { createFlockBackend } from './flock-backend.ts';
import { createLocking, type Locking } from './locking.ts';

const locking = createLocking({
  flock: createFlockBackend(),
  loadFallback: async () => (await import('./mtime-backend.ts')).mtimeBackend,
});

/** {@inheritDoc Locking.acquireLock} */
export const acquireLock: Locking['acquireLock'] = locking.acquireLock;
/** {@inheritDoc Locking.tryAcquireLock} */
export const tryAcquireLock: Locking['tryAcquireLock'] = locking.tryAcquireLock;
/** {@inheritDoc Locking.withLock} */
export const withLock: Locking['withLock'] = locking.withLock;
