// How every command works on an environment: it waits for it as long as the settings say, until a signal, telling people
// after 1 s; and what the environment shares with others lies where the settings say.
import type { LockHolder } from '@wheelwright/fslock';
import type { SharedLayout, SharedWrites } from '@wheelwright/installer';
import { describeHolder } from '../tool/describe-holder.ts';
import type { Tool } from '../tool/tool.ts';
import { describeRestored } from './describe-writes.ts';
import { sharingOf } from './shared-layout.ts';

/** How long fslock waits before it says so, in ms. */
const quietWaitMs = 1000;

/** The part of an engine's options that is the same for whatever is done to the environment at `path`. */
export function waitOptions(
  tool: Tool,
  path: string,
): {
  lockTimeoutMs: number;
  signal: AbortSignal | undefined;
  onWait: (holder: LockHolder | undefined) => void;
  /** To be called once the lock is held: reports how long it was waited for, and returns that in ms. */
  onLocked: () => number;
  sharing: SharedLayout;
  onRestored: (undone: SharedWrites) => void;
} {
  let waitingSinceMs: number | undefined;
  return {
    onLocked() {
      if (waitingSinceMs === undefined) return 0;
      const waitedMs = Date.now() - waitingSinceMs;
      waitingSinceMs = undefined;
      tool.onEvent({ event: 'locked', path, waitedMs });
      return waitedMs;
    },
    sharing: sharingOf(tool, path),
    lockTimeoutMs: tool.settings.lockTimeoutMs,
    signal: tool.signal,
    onRestored: (undone) => tool.onEvent({ event: 'warning', text: describeRestored(undone) }),
    onWait(holder) {
      // The lock is reported as busy after it was waited for this long.
      waitingSinceMs ??= Date.now() - quietWaitMs;
      tool.onEvent({ event: 'waiting', path, holder: describeHolder(holder) });
    },
  };
}
