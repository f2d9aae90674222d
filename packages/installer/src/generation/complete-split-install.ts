// An installation by pip or uv that a switch split: its first files are in the generation that was current when it began,
// the rest, with the RECORD that names all of them, in the present one. The present one gets the files that it lacks.
import path from 'node:path';
import { type Fs, type LinkMode, linkTree, lookAtEntry } from '@wheelwright/atomic-fs';
import { hashText } from '../layout/record-hash.ts';
import type { InstalledState } from '../model/types.ts';
import { readGeneration } from '../read/generation-state.ts';
import { readGenerations } from '../read/generations.ts';

/**
 * Links the files that a RECORD of another tool names and that are absent, from the latest other generation that has them
 * with the stated hash. Each file appears whole; a crash leaves the rest to the next call. Returns the paths, relative to
 * the prefix.
 */
export function completeSplitInstall(
  { environmentDir, prefixDir, generation, distributions }: InstalledState,
  options: { readonly fs: Fs; readonly linkMode: LinkMode },
): string[] {
  const known = new Map(readGeneration(prefixDir)?.distributions.map(({ name, version }) => [name, version]));
  const missing = distributions
    .filter(({ name, version }) => known.get(name) !== version)
    .flatMap(({ files = [] }) => files)
    .filter(({ path: file }) => lookAtEntry(path.join(prefixDir, file)) === undefined);
  if (missing.length === 0) return [];
  const others = readGenerations(environmentDir).filter(({ number }) => number !== generation);
  const completed: string[] = [];
  for (const { path: file, sha256 } of missing) {
    const from = others.findLast(({ dir }) => sha256 !== undefined && hashText(path.join(dir, file)) === sha256);
    if (from === undefined) continue;
    linkInto(from.dir, prefixDir, file, options);
    completed.push(file);
  }
  return completed;
}

/** The state that `read` returns, read again where an installation had to be completed. */
export function readCompleted(
  read: () => InstalledState,
  options: { readonly fs: Fs; readonly linkMode: LinkMode },
): InstalledState {
  const state = read();
  return completeSplitInstall(state, options).length === 0 ? state : read();
}

function linkInto(sourceDir: string, targetDir: string, file: string, options: { fs: Fs; linkMode: LinkMode }): void {
  const directory = path.posix.dirname(file);
  const parts = directory.split('/');
  const directories = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const files = [{ directory, names: [path.posix.basename(file)] }];
  linkTree({ sourceDir, targetDir, directories, files }, { fs: options.fs, mode: options.linkMode });
}
