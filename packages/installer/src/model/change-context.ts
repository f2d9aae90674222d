// What every step of a change works with: the caller's options with their defaults, and the lock.
import { type Durability, type Fs, type LinkMode, nodeFs } from '@wheelwright/atomic-fs';
import { redactUrls } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import type { ChangeOptions } from './change-options.ts';
import { pauseUnlessAborted } from './pause.ts';

/** {@link ChangeOptions} during one change. */
export interface ChangeContext extends ChangeOptions {
  /** Absolute, as the caller named it. */
  readonly environmentDir: string;
  /** The exclusive lock of the environment, held. */
  readonly lock: Lock;
  /** Without the passwords of URLs. */
  readonly command: string;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly durability: Durability;
  readonly keepGenerations: number;
  readonly now: () => Date;
  /** Lets signals arrive; throws INSTALL_ABORTED if one did. Not called after a commit. */
  readonly pause: () => Promise<void>;
}

/** How many generations stay in any case: the current one, and one to go back to. */
export const alwaysKept = 2;

/** The context of a change of `environmentDir`, whose `lock` is held. */
export function contextOf(environmentDir: string, options: ChangeOptions, lock: Lock): ChangeContext {
  const { fs = nodeFs, linkMode = 'auto', durability = 'full', keepGenerations = alwaysKept } = options;
  const { now = () => new Date(), signal } = options;
  const command = redactUrls(options.command ?? 'change');
  const pause = () => pauseUnlessAborted(environmentDir, signal);
  return { ...options, environmentDir, lock, command, fs, linkMode, durability, keepGenerations, now, pause };
}
