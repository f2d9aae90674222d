// The index of losers: content of distributions that lost a conflict, which a prefix holds until the winner goes.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { rootName } from '@wheelwright/python';
import { isUnsafe } from '../layout/protected-paths.ts';
import { InstallError } from '../model/install-error.ts';
import type { LoserFile } from '../model/types.ts';

/** The directory of the content, relative to the prefix; each file is named for its sha256. */
export const losersDir = `${rootName}/kept`;

/** The name of the index in that directory: whose each file is, and for which path. */
export const losersIndexName = 'index.json';

/** The path of the index, relative to the prefix. */
export const losersIndexPath = `${losersDir}/${losersIndexName}`;

const format = 1;

/** The text of the index. */
export function formatLosers(files: readonly LoserFile[]): string {
  return `${JSON.stringify({ format, files })}\n`;
}

/**
 * The losers of the prefix; a damaged index has none that could be given back. Throws INSTALL_NEWER_DATA for an index of a
 * newer version: a change would write over it and lose the content.
 */
export function readLosers(prefixDir: string): readonly LoserFile[] {
  const file = path.join(prefixDir, losersIndexPath);
  const text = readText(file);
  if (text === undefined) return [];
  try {
    const index = JSON.parse(text) as { format: number; files: LoserFile[] };
    if (index.format > format) refuseNewer(file, index.format);
    if (index.format !== format) return [];
    return index.files.filter((one) => /^[0-9a-f]{64}$/.test(one.sha256) && !isUnsafe(one.path));
  } catch (error) {
    if (error instanceof InstallError) throw error;
    return [];
  }
}

function refuseNewer(file: string, found: number): never {
  throw new InstallError('INSTALL_NEWER_DATA', `${file} has the format ${found}; this version knows ${format}.`, {
    hint: 'Use the version of wheelwright that wrote it, or a newer one.',
    data: { path: file, expected: format, found },
  });
}
