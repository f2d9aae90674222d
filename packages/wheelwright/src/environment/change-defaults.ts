// How every command works on an environment: it waits for it as long as the settings say, until a signal, telling people
// after 1 s; and what the environment shares with others lies where the settings say.
import type { LockHolder } from '@wheelwright/fslock';
import type { SharedLayout, SharedWrites } from '@wheelwright/installer';
import { describeHolder } from '../tool/describe-holder.ts';
import type { Tool } from '../tool/tool.ts';
import { describeRestored } from './describe-writes.ts';
import { sharingOf } from './shared-layout.ts';

/** The part of an engine's options that is the same for whatever is done to the environment at `path`. */
export function waitOptions(
  tool: Tool,
  path: string,
): {
  lockTimeoutMs: number;
  signal: AbortSignal | undefined;
  onWait: (holder: LockHolder | undefined) => void;
  sharing: SharedLayout;
  onRestored: (undone: SharedWrites) => void;
} {
  return {
    sharing: sharingOf(tool, path),
    lockTimeoutMs: tool.settings.lockTimeoutMs,
    signal: tool.signal,
    onRestored: (undone) => tool.onEvent({ event: 'warning', text: describeRestored(undone) }),
    onWait: (holder) => tool.onEvent({ event: 'waiting', path, holder: describeHolder(holder) }),
  };
}
