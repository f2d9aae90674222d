// The port over the real disk: node:fs, and the calls that Node lacks from @wheelwright/syscalls.
import fs from 'node:fs';
import { linkMany, renameExchange, renameNoReplace, syncFileSystem } from '@wheelwright/syscalls';
import { copyFile } from './copy-file.ts';
import type { Fs } from './ports.ts';

/** The real file system. */
export const nodeFs: Fs = {
  open: (path, flags, mode) => fs.openSync(path, flags, mode),
  write: (fd, data) => fs.writeSync(fd, data),
  close: (fd) => fs.closeSync(fd),
  fsync: (fd) => fs.fsyncSync(fd),
  mkdir: (path, mode) => void fs.mkdirSync(path, mode),
  rmdir: (path) => fs.rmdirSync(path),
  unlink: (path) => fs.unlinkSync(path),
  rename: (from, to) => fs.renameSync(from, to),
  renameExchange,
  renameNoReplace,
  link: (existing, path) => fs.linkSync(existing, path),
  linkMany,
  symlink: (target, path) => fs.symlinkSync(target, path),
  chmod: (path, mode) => fs.chmodSync(path, mode),
  utimes: (path, atimeS, mtimeS) => fs.utimesSync(path, atimeS, mtimeS),
  copyFile: (from, to, options) => copyFile(from, to, options?.reflink),
  syncFileSystem,
};
