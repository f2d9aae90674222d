// Reads the text of a script.
import { readFileSync, statSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

const largestScript = 2 << 20;

/** The text of a file: empty for a binary or a file that cannot be read, undefined for one of more than `most` bytes. */
export function readScript(file: string, most = largestScript): string | undefined {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return '';
    if (stats.size > most) return undefined;
    const text = readFileSync(file, 'utf8');
    return text.slice(0, 1024).includes('\0') ? '' : text;
  } catch (error) {
    if (isErrno(error)) return '';
    throw error;
  }
}
