// One new file, written to its end. For private directories that are published or thrown away as a whole; a file
// that others may see is written by writeFileAtomic.
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { withFile } from './with-file.ts';

/** How {@link createFile} makes a file. */
export interface CreateFileOptions {
  /** Permissions before the umask; 0o666 by default. */
  readonly mode?: number | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** Makes the file and writes all of `data`; an existing file is an EEXIST. Nothing is synced: sync the tree once. */
export function createFile(path: string, data: string | Uint8Array, options: CreateFileOptions = {}): void {
  const { mode = 0o666, fs = nodeFs } = options;
  withFile(fs, path, 'wx', mode, (fd) => writeAll(fs, fd, data));
}

/** Writes until nothing is left: a single write may stop short, at a full disk or a signal. */
export function writeAll(fs: Fs, fd: number, data: string | Uint8Array): void {
  let rest: Uint8Array = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  while (rest.length > 0) rest = rest.subarray(fs.write(fd, rest));
}
