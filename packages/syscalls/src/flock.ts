// flock(2), only ever without waiting: a wait belongs into a child process, where it can be cancelled and where it
// does not block the thread pool.
import { errnoError, isErrnoNumber } from './errno-error.ts';
import { nativeCalls } from './koffi.ts';

/** Many may hold a lock `shared` at once; `exclusive` excludes every other. */
export type FlockMode = 'shared' | 'exclusive';

const operations = { shared: 1, exclusive: 2 } as const;
const withoutWaiting = 4;

/**
 * Tries to lock the open file description behind `fd`. True: it holds the lock until the last descriptor of it is
 * closed. False: another description holds it. Undefined: no native call here; the caller has to use a helper process.
 * A lock held in the other mode is converted, and lost when that fails. Throws what the file system answers (`ENOSYS`,
 * `EOPNOTSUPP`, `ENOLCK`: it has no such locks).
 */
export function tryFlock(fd: number, mode: FlockMode): boolean | undefined {
  const flock = nativeCalls()?.flock;
  if (flock === undefined) return undefined;
  const errno = flock(fd, operations[mode] | withoutWaiting);
  if (errno === 0) return true;
  if (isErrnoNumber(errno, 'EWOULDBLOCK', 'EAGAIN')) return false;
  throw errnoError(errno, 'flock');
}
