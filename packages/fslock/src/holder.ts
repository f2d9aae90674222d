// The one line in a lock file that says who holds it exclusively. It is for people: the lock itself is never in it, a
// dead holder leaves it behind, and it is written only over nothing or over another such line.
import { ftruncateSync, readSync, writeSync } from 'node:fs';
import type { LockHolder } from './ports.ts';

const longest = 1024;

/** Writes the line into an open, exclusively locked file. False: the file holds something else, and keeps it. */
export function writeHolder(fd: number, holder: LockHolder): boolean {
  try {
    const text = readStart(fd);
    if (!isEmpty(text) && parseHolder(text) === undefined) return false;
    const line = Buffer.from(formatHolder(holder));
    writeSync(fd, line, 0, line.length, 0);
    ftruncateSync(fd, line.length);
    return true;
  } catch {
    return false; // a full disk must not cost anyone the lock
  }
}

/** Empties the file again. */
export function clearHolder(fd: number): void {
  try {
    ftruncateSync(fd, 0);
  } catch {
    // Said above: the line is for people.
  }
}

/** Who wrote the line; undefined where there is none. */
export function readHolder(fd: number): LockHolder | undefined {
  return parseHolder(readStart(fd));
}

/** One line of JSON, short enough to be written at once. */
export function formatHolder({ pid, purpose, since }: LockHolder): string {
  const line = `${JSON.stringify({ pid, since, purpose: purpose?.slice(0, 200) })}\n`;
  return line.length < longest ? line : `${JSON.stringify({ pid, since })}\n`;
}

/** The reverse of {@link formatHolder}; undefined for any other text. */
export function parseHolder(text: string): LockHolder | undefined {
  if (!text.startsWith('{"pid":') || !text.endsWith('}\n')) return undefined;
  try {
    const { pid, purpose, since } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number') return undefined;
    return {
      pid,
      ...(typeof purpose === 'string' ? { purpose: printable(purpose) } : {}),
      ...(typeof since === 'string' ? { since: printable(since) } : {}),
    };
  } catch {
    return undefined;
  }
}

/** `ww install (process 4711, since 2026-11-20T10:00:00Z)`, or as much of it as is known. */
export function describeHolder({ pid, purpose, since }: LockHolder): string {
  const details = [pid === undefined ? '' : `process ${pid}`, since === undefined ? '' : `since ${since}`].filter(
    Boolean,
  );
  if (purpose === undefined) return details.join(', ') || 'another process';
  return details.length === 0 ? purpose : `${purpose} (${details.join(', ')})`;
}

/** Text that others wrote, without what would steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** After a power cut a file may have kept its length and lost what was in it. */
function isEmpty(text: string): boolean {
  return /^\0*$/.test(text);
}

function readStart(fd: number): string {
  const buffer = Buffer.alloc(longest + 1);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
}
