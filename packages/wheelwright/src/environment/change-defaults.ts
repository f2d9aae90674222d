// Options that every command passes to the installer: how long to wait for the environment's lock, the signal, the report
// of a wait that lasts longer than 1 s, and the data directory of shared generations.
import type { LockHolder } from '@wheelwright/fslock';
import type { SharedLayout, SharedWrites } from '@wheelwright/installer';
import { describeHolder } from '../tool/describe-holder.ts';
import type { Tool } from '../tool/tool.ts';
import { describeRestored } from './describe-writes.ts';
import { sharingOf } from './shared-layout.ts';

/** After how long fslock reports that it waits, in ms. */
const quietWaitMs = 1000;

/** The options that are the same for every operation on the environment at `path`. */
export function waitOptions(
  tool: Tool,
  path: string,
): {
  lockTimeoutMs: number;
  signal: AbortSignal | undefined;
  onWait: (holder: LockHolder | undefined) => void;
  /** Call this when the lock is held. It reports how long the wait took, and returns that in ms. */
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
      // The first report comes after this much waiting.
      waitingSinceMs ??= Date.now() - quietWaitMs;
      tool.onEvent({ event: 'waiting', path, holder: describeHolder(holder) });
    },
  };
}
