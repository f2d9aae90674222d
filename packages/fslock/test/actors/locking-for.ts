// The three ways of locking that the actors are run with.
import { disableNativeCalls, nativeCallsAvailable } from '@wheelwright/syscalls';
import { createFlockBackend } from '../../src/flock-backend.ts';
import * as system from '../../src/index.ts';
import { createLocking, type Locking } from '../../src/locking.ts';
import { mtimeBackend } from '../../src/mtime-backend.ts';

/** The locking of this machine, `native` or `plain`; for `mtime`, that of one whose file systems refuse every flock. */
export function lockingFor(how: string): Pick<Locking, 'acquireLock' | 'tryAcquireLock'> {
  if (how === 'mtime')
    return createLocking({ flock: createFlockBackend(refusing), loadFallback: async () => mtimeBackend });
  if (how === 'plain') disableNativeCalls();
  else if (!nativeCallsAvailable()) throw new Error('bug: this actor was to have native calls.');
  return system;
}

const refusing = {
  try(): never {
    throw Object.assign(new Error('ENOSYS: function not implemented, flock'), { code: 'ENOSYS', syscall: 'flock' });
  },
  tryIsCheap: () => true,
  wait: (): never => refusing.try(),
};
