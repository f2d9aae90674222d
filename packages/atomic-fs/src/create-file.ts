// Writes one new file completely. Use it in private directories that are published or discarded as a whole; use
// writeFileAtomic for a file that others may read.
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';
import { withFile } from './with-file.ts';

/** How {@link createFile} makes a file. */
export interface CreateFileOptions {
  /** Permissions before the umask. Default: 0o666. */
  readonly mode?: number | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** Creates the file and writes all of `data`. Throws EEXIST for an existing file. Syncs nothing: sync the tree once. */
export function createFile(path: string, data: string | Uint8Array, options: CreateFileOptions = {}): void {
  const { mode = 0o666, fs = nodeFs } = options;
  withFile(fs, path, 'wx', mode, (fd) => writeAll(fs, fd, data));
}

/** Writes until nothing is left, because a single write may stop short at a full disk or a signal. */
export function writeAll(fs: Fs, fd: number, data: string | Uint8Array): void {
  let rest: Uint8Array = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  while (rest.length > 0) rest = rest.subarray(fs.write(fd, rest));
}
