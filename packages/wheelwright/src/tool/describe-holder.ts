// Describes the holder of a lock in words.
import type { LockHolder } from '@wheelwright/fslock';

/** `ww install six (pid 12)`, with the parts that are known. */
export function describeHolder(holder: LockHolder | undefined): string | undefined {
  if (holder === undefined) return undefined;
  const pid = holder.pid === undefined ? '' : ` (pid ${holder.pid})`;
  return `${holder.purpose ?? 'another process'}${pid}`;
}
