// Reads the text of a script.
import { readFileSync, statSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

const largestScript = 2 << 20;

/** The text of a file; empty for a binary, a large file, or one that cannot be read. */
export function readScript(file: string): string {
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > largestScript) return '';
    const text = readFileSync(file, 'utf8');
    return text.slice(0, 1024).includes('\0') ? '' : text;
  } catch (error) {
    if (isErrno(error)) return '';
    throw error;
  }
}
