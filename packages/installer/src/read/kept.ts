// The index of the content of those that lost a conflict, which an environment keeps until the winner goes.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { isUnsafe } from '../layout/protected-paths.ts';
import { InstallError } from '../model/install-error.ts';
import type { KeptFile } from '../model/types.ts';
import { keptDir } from './prefix.ts';

export const format = 1;

/** The file that says whose the others are. */
export const keptIndexName = 'index.json';

export const indexPath = `${keptDir}/${keptIndexName}`;

/** The text of that file. */
export function formatKept(files: readonly KeptFile[]): string {
  return `${JSON.stringify({ format, files })}\n`;
}

/** What is kept for the prefix; damaged, it keeps nothing that we could give back. INSTALL_NEWER_DATA: a newer version's. */
export function readKept(prefixDir: string): readonly KeptFile[] {
  const file = path.join(prefixDir, indexPath);
  const text = readText(file);
  if (text === undefined) return [];
  try {
    const index = JSON.parse(text) as { format: number; files: KeptFile[] };
    if (index.format > format) refuseNewer(file, index.format);
    if (index.format !== format) return [];
    return index.files.filter((one) => /^[0-9a-f]{64}$/.test(one.sha256) && !isUnsafe(one.path));
  } catch (error) {
    if (error instanceof InstallError) throw error;
    return [];
  }
}

// Taken for nothing it would be written over, and what it keeps would be lost.
function refuseNewer(file: string, found: number): never {
  throw new InstallError('INSTALL_NEWER_DATA', `${file} has the format ${found}; this version knows ${format}.`, {
    hint: 'Use the version of wheelwright that wrote it, or a newer one.',
    data: { path: file, expected: format, found },
  });
}
