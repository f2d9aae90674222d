// The sink that fills an entry's tree: read-only files, so that an edit in place fails instead of reaching every
// environment that is linked to them, and a manifest of what was written.
import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { TreeSink } from '@wheelwright/archives';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { atPath } from '@wheelwright/errors';
import type { ManifestFile } from './manifest.ts';

/** No one may write to the files of an entry, the owner included. */
function modeOf(executable: boolean): number {
  return executable ? 0o555 : 0o444;
}

/** Writes into `treeDir`, which exists. */
export function entrySink(treeDir: string, fs: Fs): TreeSink {
  return {
    directory(path) {
      fs.mkdir(`${treeDir}/${path}`, 0o755);
    },
    file(path, data, executable) {
      createFile(`${treeDir}/${path}`, data, { mode: modeOf(executable), fs });
    },
    largeFile(path, executable) {
      const filePath = `${treeDir}/${path}`;
      const fd = fs.open(filePath, 'wx', modeOf(executable));
      return {
        write(data) {
          try {
            for (let rest = data; rest.length > 0; ) rest = rest.subarray(fs.write(fd, rest));
          } catch (error) {
            throw atPath(error, filePath);
          }
        },
        end: () => fs.close(fd),
      };
    },
  };
}

/** What `treeDir` holds of `files`, with the time that each was written at. */
export function stampFiles(treeDir: string, files: readonly Omit<ManifestFile, 'mtimeMs'>[]): ManifestFile[] {
  return files.map(({ path, size, executable, sha256 }) => {
    return { path, size, executable, sha256, mtimeMs: Math.trunc(statSync(`${treeDir}/${path}`).mtimeMs) };
  });
}

export function sha256Of(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex');
}
