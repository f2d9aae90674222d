// Makes a directory a store, or checks that it is one that is safe to use: no other user may write to it, because its
// entries are installed without another check.
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, syncDirectory, writeFileAtomic } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { StoreError } from './store-error.ts';
import { type StorePaths, storeFormat } from './store-paths.ts';

/** What tells other programs to leave a store in a project alone: archivers, git, and build backends that ask git. */
const marks = {
  'CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n# Everything here can be fetched and built again.\n',
  '.gitignore': '*\n',
};

/** Makes the store where there is none. Throws STORE_UNSAFE and STORE_NEWER_FORMAT. */
export function prepareStore(paths: StorePaths, fs: Fs): void {
  const { dir, format, ...directories } = paths;
  const isStore = checkFormat(paths);
  if (!isStore) makeStoreDirectory(fs, dir);
  // Each of them: one that was opened up by itself is as good a way in.
  for (const directory of [dir, ...Object.values(directories)]) checkOwner(dir, directory);
  for (const [name, text] of Object.entries(marks)) mark(fs, path.join(dir, name), text);
  if (isStore) return;
  for (const directory of Object.values(directories)) makeDirectory(fs, directory);
  // The format goes last, when the others are on the disk: a file system may keep a later name and lose an earlier one.
  // crash before here: the next one makes what is missing.
  syncDirectory(dir, { fs });
  writeFileAtomic(format, `${storeFormat}\n`, { fs });
}

function checkFormat({ dir, format }: StorePaths): boolean {
  let text: string;
  try {
    text = readFileSync(format, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  const found = Number.parseInt(text, 10);
  if (found === storeFormat) return true;
  if (found > storeFormat) {
    throw new StoreError(
      'STORE_NEWER_FORMAT',
      `The store ${dir} has format ${found}, and only ${storeFormat} is known.`,
      {
        hint: 'Use the newer version that made it, or another directory.',
        data: { path: dir, found, expected: storeFormat },
      },
    );
  }
  throw new StoreError('STORE_DAMAGED', `The file ${format} does not say what format the store has.`, {
    hint: 'Remove the store; all that it holds can be fetched and built again.',
    data: { path: dir },
  });
}

function checkOwner(dir: string, directory: string): void {
  // Windows has neither owner nor bits to look at.
  if (process.getuid === undefined) return;
  const stats: Stats | undefined = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) return;
  const { uid, mode } = stats;
  const at = directory === dir ? '' : ` in ${path.basename(directory)}`;
  if (uid !== process.getuid()) {
    throw new StoreError('STORE_UNSAFE', `The store ${dir} belongs to another user${at}.`, {
      hint: 'Use a directory of your own.',
      data: { path: directory, owner: uid },
    });
  }
  if ((mode & 0o022) !== 0) {
    throw new StoreError('STORE_UNSAFE', `The store ${dir} can be written to by others${at}.`, {
      hint: `Take that right away: chmod go-w ${JSON.stringify(directory)}`,
      data: { path: directory, mode: mode & 0o777 },
    });
  }
}

function makeStoreDirectory(fs: Fs, dir: string): void {
  if (existsSync(dir)) return;
  makeStoreDirectory(fs, path.dirname(dir));
  makeDirectory(fs, dir);
  syncDirectory(path.dirname(dir), { fs });
}

/** Not needed for anything that the store does: a disk that refuses it is passed over. */
function mark(fs: Fs, file: string, text: string): void {
  if (existsSync(file)) return;
  try {
    createFile(file, text, { fs });
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}

function makeDirectory(fs: Fs, dir: string): void {
  if (existsSync(dir)) return;
  try {
    fs.mkdir(dir, 0o755);
  } catch (error) {
    // Another process makes the same store.
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
