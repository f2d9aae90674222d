// A sink that writes a tree below a directory. It only ever creates: what is in its way is an error, so nothing that
// was there before can be written through or replaced.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { atPath } from '@wheelwright/errors';
import type { TreeSink } from './tree-sink.ts';

/** The calls that change the disk, so that a test can make any of them fail. `atomic-fs`'s `Fs` is one of these. */
export interface SinkFs {
  mkdir(path: string, mode?: number): void;
  open(path: string, flags: 'wx', mode?: number): number;
  write(fd: number, data: Uint8Array): number;
  close(fd: number): void;
}

const nodeSinkFs: SinkFs = {
  mkdir: (dir, mode) => void mkdirSync(dir, mode),
  open: openSync,
  write: (fd, data) => writeSync(fd, data),
  close: closeSync,
};

/** Writes into `dir`, which exists; modes are 0666, 0777 for what is executable, less the umask. Nothing is synced. */
export function directorySink(dir: string, fs: SinkFs = nodeSinkFs): TreeSink {
  const create = (relative: string, executable: boolean) =>
    fs.open(path.join(dir, relative), 'wx', executable ? 0o777 : 0o666);
  const writeAll = (relative: string, fd: number, data: Uint8Array) => {
    try {
      for (let rest = data; rest.length > 0; ) rest = rest.subarray(fs.write(fd, rest));
    } catch (error) {
      throw atPath(error, path.join(dir, relative));
    }
  };
  return {
    directory(relative) {
      fs.mkdir(path.join(dir, relative), 0o777);
    },
    file(relative, data, executable) {
      const fd = create(relative, executable);
      try {
        writeAll(relative, fd, data);
      } finally {
        fs.close(fd);
      }
    },
    largeFile(relative, executable) {
      const fd = create(relative, executable);
      return { write: (data) => writeAll(relative, fd, data), end: () => fs.close(fd) };
    },
  };
}
