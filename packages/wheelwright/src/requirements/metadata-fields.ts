// Reads a METADATA without the description that follows its fields, which may be a hundred times as long.
import { readFileSync } from 'node:fs';

/** The lines of the METADATA at `file` up to its first empty line. A file with other line ends is returned whole. */
export function readMetadataFields(file: string): string {
  const data = readFileSync(file);
  const end = data.indexOf('\n\n');
  return data.toString('utf8', 0, end < 0 ? data.length : end + 1);
}
