// The line of JSON in a lock file that names its exclusive holder. The line is for people: it is not the lock, and a
// dead holder leaves it behind. It is written only into an empty file or over another such line.
import { ftruncateSync, readSync, writeSync } from 'node:fs';
import type { LockHolder } from './ports.ts';

const longest = 1024;

/** Writes the line into an open, exclusively locked file. Returns false and writes nothing if the file has other content. */
export function writeHolder(fd: number, holder: LockHolder): boolean {
  try {
    const text = readStart(fd);
    if (!isEmpty(text) && parseHolder(text) === undefined) return false;
    const line = Buffer.from(formatHolder(holder));
    writeSync(fd, line, 0, line.length, 0);
    ftruncateSync(fd, line.length);
    return true;
  } catch {
    return false; // a full disk does not fail the lock
  }
}

/** Removes the line. */
export function clearHolder(fd: number): void {
  try {
    ftruncateSync(fd, 0);
  } catch {
    // The line is for people; failing to remove it does not fail the release.
  }
}

/** Reads the line; undefined when the file has none. */
export function readHolder(fd: number): LockHolder | undefined {
  return parseHolder(readStart(fd));
}

/** Formats one line of JSON of at most 1,024 bytes, short enough for one write. */
export function formatHolder({ pid, purpose, since }: LockHolder): string {
  const line = `${JSON.stringify({ pid, since, purpose: purpose?.slice(0, 200) })}\n`;
  return line.length < longest ? line : `${JSON.stringify({ pid, since })}\n`;
}

/** Parses a line of {@link formatHolder}; undefined for any other text. */
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

/** `ww install (process 4711, since 2026-11-20T10:00:00Z)`, or the parts of it that are known. */
export function describeHolder({ pid, purpose, since }: LockHolder): string {
  const details = [pid === undefined ? '' : `process ${pid}`, since === undefined ? '' : `since ${since}`].filter(
    Boolean,
  );
  if (purpose === undefined) return details.join(', ') || 'another process';
  return details.length === 0 ? purpose : `${purpose} (${details.join(', ')})`;
}

/** Replaces control characters, so that text from another process cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** Whether the text is empty. A power cut can leave a file its length and lose its content, so zeros count as empty. */
function isEmpty(text: string): boolean {
  return /^\0*$/.test(text);
}

function readStart(fd: number): string {
  const buffer = Buffer.alloc(longest + 1);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
}
