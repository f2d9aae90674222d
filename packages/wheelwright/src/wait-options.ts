// How every command waits for an environment: as long as the settings say, until a signal, and telling people after 1 s.
import type { LockHolder } from '@wheelwright/fslock';
import type { Tool } from './tool.ts';

/** The part of an engine's options that says how to wait for the lock of the environment at `path`. */
export function waitOptions(
  tool: Tool,
  path: string,
): { lockTimeoutMs: number; signal: AbortSignal | undefined; onWait: (holder: LockHolder | undefined) => void } {
  return {
    lockTimeoutMs: tool.settings.lockTimeoutMs,
    signal: tool.signal,
    onWait: (holder) => tool.onEvent({ event: 'waiting', path, holder: describeHolder(holder) }),
  };
}

/** `ww install six (pid 12)`, as far as it is known. */
export function describeHolder(holder: LockHolder | undefined): string | undefined {
  if (holder === undefined) return undefined;
  const pid = holder.pid === undefined ? '' : ` (pid ${holder.pid})`;
  return `${holder.purpose ?? 'another process'}${pid}`;
}
