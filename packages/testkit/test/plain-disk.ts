// The calls of node:fs and no others: the kit imports none of ours.
import fs from 'node:fs';
import type { FsLike } from '../src/crashing-fs.ts';

export const disk: FsLike = {
  open: fs.openSync,
  write: (fd, data) => fs.writeSync(fd, data),
  close: fs.closeSync,
  fsync: fs.fsyncSync,
  mkdir: (dir) => void fs.mkdirSync(dir),
  rmdir: (dir) => fs.rmdirSync(dir),
  unlink: fs.unlinkSync,
  rename: fs.renameSync,
  renameExchange: () => false,
  renameNoReplace: () => 'exists',
  link: fs.linkSync,
  linkMany: (from, to, names) => {
    for (const name of names) fs.linkSync(`${from}/${name}`, `${to}/${name}`);
  },
  symlink: (target, link) => fs.symlinkSync(target, link),
  chmod: fs.chmodSync,
  chown: fs.chownSync,
  utimes: fs.utimesSync,
  copyFile: (from, to) => fs.copyFileSync(from, to),
  syncFileSystem: () => true,
};
