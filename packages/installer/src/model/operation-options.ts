// The options that every operation on an environment has.
import type { Fs } from '@wheelwright/atomic-fs';
import type { LockHolder } from '@wheelwright/fslock';

/** How an operation waits for the environment's lock, and how it presents itself. */
export interface OperationOptions {
  /**
   * What the operation is, for people: `install requests`. Processes that wait for the lock see it, and a generation keeps
   * it. Passwords in URLs are removed. The name of the operation by default.
   */
  readonly command?: string | undefined;
  /** How long to wait for a lock, in ms; for ever by default. Throws FSLOCK_TIMEOUT after that. */
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the operation before its commit, with nothing changed. After the commit the operation finishes regardless. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process has the lock for more than a second. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
  /** The clock; that of the machine by default. */
  readonly now?: (() => Date) | undefined;
}
