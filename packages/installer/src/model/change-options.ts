// The options of a change, in one place for every layout.
import type { Durability, Fs, LinkMode } from '@wheelwright/atomic-fs';
import type { LockHolder } from '@wheelwright/fslock';
import type { CheckStaged, SharedLayout } from './ports.ts';
import type { EnvironmentChange, InstalledState, PrefixOptions, SharedWrites } from './types.ts';

export interface ChangeOptions extends PrefixOptions {
  /** What this is, for people: `install requests`. Kept with the generation and shown to those who wait; passwords in URLs are not. */
  readonly command?: string | undefined;
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the work before the commit; after it the work is finished regardless. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when the lock is somebody else's for more than a second. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  /** Looks at the staged generation before anyone else sees it; a throw undoes the change. */
  readonly check?: CheckStaged | undefined;
  readonly linkMode?: LinkMode | undefined;
  readonly durability?: Durability | undefined;
  /** How many generations stay in any case; two at least. */
  readonly keepGenerations?: number | undefined;
  /** The generation that a repair made of the environment itself, where this is what it does next to the packages. */
  readonly completes?: number | undefined;
  /** What an environment of the layout `shared` needs. */
  readonly sharing?: SharedLayout | undefined;
  /** Called with what another program had done to what the environment shares, after it was undone. */
  readonly onRestored?: ((undone: SharedWrites) => void) | undefined;
  readonly fs?: Fs | undefined;
  readonly now?: (() => Date) | undefined;
}

/** The wish as it is, or made from what is there: then it is called under the lock, perhaps more than once. */
export type WantedChange =
  | EnvironmentChange
  | ((current: InstalledState) => EnvironmentChange | Promise<EnvironmentChange>);
