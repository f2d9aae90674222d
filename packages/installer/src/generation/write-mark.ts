// The mark of a generation that became current: recovery removes a generation without it.
import { statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { committedFileName } from '@wheelwright/python';

/** Marks the generation at `dir` as having become current at `time`. An existing mark gets the new time. */
export function writeMark(dir: string, time: Date, fs: Fs): void {
  const file = path.join(dir, committedFileName);
  if (statSync(file, { throwIfNoEntry: false }) === undefined) createFile(file, '', { fs });
  fs.utimes(file, time.getTime() / 1000, time.getTime() / 1000);
}
