// What an environment holds, of whatever layout it is.
import type { InstalledState, PrefixOptions } from '../model/types.ts';
import { layoutOf } from './layout-of.ts';

/**
 * What the environment at the absolute path `environmentDir` holds now. Needs no lock; a caller that changes something by
 * the answer holds the environment's lock. What a distribution owns is read on its first use. Throws what
 * `readEnvironment` throws, and INSTALL_UNSUPPORTED_ENVIRONMENT for a target directory that has generations.
 */
export function readInstalledState(environmentDir: string, options: PrefixOptions = {}): InstalledState {
  return layoutOf(environmentDir, options).read();
}
