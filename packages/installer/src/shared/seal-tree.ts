// The last step of making a shared generation: it is closed to writers, its times are noted, its manifest is written.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { cacheDirName, isCacheDir } from '../layout/byte-code.ts';
import { manifestName, type SharedManifest, timesName } from '../read/shared-manifest.ts';

/** No user but root can write. The top stays open: a directory that is renamed must be writable. */
const closed = 0o555;

/** Closes the directories of the tree at `dir`, notes their times and writes its manifest. */
export function sealTree(dir: string, manifest: SharedManifest, fs: Fs): void {
  const lines: string[] = [];
  const visit = (directory: string) => {
    const at = `${dir}/${directory}`;
    const entries = readdirSync(at, { withFileTypes: true });
    // Python, running as root, makes this directory wherever it imports from: that must not look like a write.
    const lacksCache =
      entries.some(({ name }) => name.endsWith('.py')) && !entries.some(({ name }) => isCacheDir(name));
    if (lacksCache) fs.mkdir(`${at}/${cacheDirName}`);
    for (const entry of entries) if (entry.isDirectory()) visit(`${directory}/${entry.name}`);
    if (lacksCache) fs.chmod(`${at}/${cacheDirName}`, closed);
    fs.chmod(at, closed);
    if (!isCacheDir(at)) lines.push(`${statSync(at).mtimeMs} ${directory}`);
  };
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) visit(entry.name);
  createFile(path.join(dir, timesName), `${lines.join('\n')}\n`, { mode: 0o444, fs });
  createFile(path.join(dir, manifestName), `${JSON.stringify(manifest)}\n`, { mode: 0o444, fs });
}
