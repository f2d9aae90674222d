// A sink that writes a tree below a directory. It only creates: a path that exists is an error, so no older file is
// replaced or written through.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { atPath } from '@wheelwright/errors';
import type { TreeSink } from './tree-sink.ts';

/** The calls that change the disk, so that a test can make any of them fail. `atomic-fs`'s `Fs` is one of these. */
export interface SinkFs {
  /** Not recursive. */
  mkdir(path: string, mode?: number): void;
  /** Makes a file and gives its descriptor; EEXIST where there is one. */
  open(path: string, flags: 'wx', mode?: number): number;
  /** Writes some of `data` and gives how many bytes. */
  write(fd: number, data: Uint8Array): number;
  /** Closes a descriptor. */
  close(fd: number): void;
}

const nodeSinkFs: SinkFs = {
  mkdir: (dir, mode) => void mkdirSync(dir, mode),
  open: openSync,
  write: (fd, data) => writeSync(fd, data),
  close: closeSync,
};

/**
 * A sink that writes into `dir`, an existing directory. Modes are 0666, or 0777 for executable files, less the umask.
 * Nothing is synced. Throws what the file system throws.
 */
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
