// The port `Fs` over the real disk: node:fs, and the calls that Node lacks from @wheelwright/syscalls.
import fs from 'node:fs';
import { constants } from 'node:os';
import { isErrno } from '@wheelwright/errors';
import { errnoError, linkMany, renameExchange, renameNoReplace, syncFileSystem } from '@wheelwright/syscalls';
import { copyFile } from './copy-file.ts';
import type { Fs } from './ports.ts';

/** The real file system. A call that a signal interrupts (EINTR) is made again. */
export const nodeFs: Fs = {
  open: (path, flags, mode) => again(() => fs.openSync(path, flags, mode)),
  write: (fd, data) => again(() => fs.writeSync(fd, data)),
  close: (fd) => closeOnce(fd),
  fsync: (fd) => again(() => fs.fsyncSync(fd)),
  mkdir: (path, mode) => again(() => void fs.mkdirSync(path, mode)),
  rmdir: (path) => again(() => fs.rmdirSync(path)),
  unlink: (path) => again(() => unlink(path)),
  rename: (from, to) => again(() => fs.renameSync(from, to)),
  renameExchange,
  renameNoReplace,
  link: (existing, path) => again(() => fs.linkSync(existing, path)),
  linkMany,
  symlink: (target, path) => again(() => fs.symlinkSync(target, path)),
  chmod: (path, mode) => again(() => fs.chmodSync(path, mode)),
  chown: (path, uid, gid) => again(() => fs.chownSync(path, uid, gid)),
  utimes: (path, atimeS, mtimeS) => again(() => fs.utimesSync(path, atimeS, mtimeS)),
  copyFile: (from, to, options) => again(() => copyFile(from, to, options?.reflink)),
  syncFileSystem,
};

/** Makes `call` until no signal interrupts it. */
export function again<T>(call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!isErrno(error, 'EINTR')) throw error;
    }
  }
}

// Deno's `unlinkSync` removes an empty directory, which unlink(2) refuses with EISDIR.
const unlink = 'deno' in process.versions ? unlinkNoDirectory : fs.unlinkSync;

function unlinkNoDirectory(path: string): void {
  if (fs.lstatSync(path).isDirectory()) throw errnoError(constants.errno.EISDIR, 'unlink', path);
  fs.unlinkSync(path);
}

/** An interrupted close has closed the descriptor (close(2)). A second close could close another file's. */
function closeOnce(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch (error) {
    if (!isErrno(error, 'EINTR')) throw error;
  }
}
