// The options of a change, in one place for every layout.
import type { Durability, LinkBeside, LinkMode } from '@wheelwright/atomic-fs';
import type { OperationOptions } from './operation-options.ts';
import type { CheckStaged, SharedLayout } from './ports.ts';
import type { EnvironmentChange, InstalledState, PrefixOptions, SharedWrites } from './types.ts';

/** How a change is made. */
export interface ChangeOptions extends PrefixOptions, OperationOptions {
  /** Looks at the staged environment before any other process can see it; a throw undoes the change. */
  readonly check?: CheckStaged | undefined;
  /** How files of wheels are placed; `auto` by default. */
  readonly linkMode?: LinkMode | undefined;
  /** Gets another thread to help with the links of many files, in an environment of the layout `own`. */
  readonly linkBeside?: LinkBeside | undefined;
  /** `full`, the default: a change that was reported survives a power cut. `none`: nothing is synced. */
  readonly durability?: Durability | undefined;
  /** How many generations stay in any case, the current one among them; two at least, and by default. */
  readonly keepGenerations?: number | undefined;
  /** The generation of which this change is the second half: a repair of the environment itself made that one. */
  readonly completes?: number | undefined;
  /** What an environment of the layout `shared` needs. */
  readonly sharing?: SharedLayout | undefined;
  /** Called after the change undid what another program wrote into shared packages. */
  readonly onRestored?: ((undone: SharedWrites) => void) | undefined;
}

/**
 * What an environment is to become: fixed, or made from what it holds. The function is called under the lock, perhaps more
 * than once, and must not wait for the network.
 */
export type WantedChange =
  | EnvironmentChange
  | ((current: InstalledState) => EnvironmentChange | Promise<EnvironmentChange>);
