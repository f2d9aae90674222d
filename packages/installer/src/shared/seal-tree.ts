// The end of the making of a shared generation: closed to writers, its times noted, its manifest written.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { manifestName, type SharedManifest, timesName } from '../read/shared-manifest.ts';

/** Closed to everyone but root. The top stays open: a directory that is renamed must be writable. */
const closed = 0o555;

/** Ends the making of a tree: its directories are closed, their times noted, the manifest written. */
export function sealTree(dir: string, manifest: SharedManifest, fs: Fs): void {
  const lines: string[] = [];
  const visit = (directory: string) => {
    const at = `${dir}/${directory}`;
    const entries = readdirSync(at, { withFileTypes: true });
    // Python makes one wherever it imports from, if only it may: it shall not look like a write of somebody.
    const lacksCache = entries.some(({ name }) => name.endsWith('.py')) && !entries.some(isByteCode);
    if (lacksCache) fs.mkdir(`${at}/__pycache__`);
    for (const entry of entries) if (entry.isDirectory()) visit(`${directory}/${entry.name}`);
    if (lacksCache) fs.chmod(`${at}/__pycache__`, closed);
    fs.chmod(at, closed);
    if (!isByteCode({ name: path.basename(at) })) lines.push(`${statSync(at).mtimeMs} ${directory}`);
  };
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) visit(entry.name);
  createFile(path.join(dir, timesName), `${lines.join('\n')}\n`, { mode: 0o444, fs });
  createFile(path.join(dir, manifestName), `${JSON.stringify(manifest)}\n`, { mode: 0o444, fs });
}

function isByteCode({ name }: { readonly name: string }): boolean {
  return name === '__pycache__';
}
