// What pip or uv wrote across a switch: the first files lie in the generation that was current when they began, the
// rest, with the RECORD that names them all, in the present one. The present one gets the files that it lacks.
import path from 'node:path';
import { type Fs, type LinkMode, linkTree, lookAtEntry } from '@wheelwright/atomic-fs';
import { hashText } from '../layout/record-hash.ts';
import type { InstalledState } from '../model/types.ts';
import { readGeneration } from '../read/installed-state.ts';
import { readGenerations } from './generations.ts';

/**
 * Takes over into the current generation what a RECORD that came behind our back names and lacks, from the latest other
 * generation that has it with that hash. Each file appears whole; a crash leaves the rest to the next call. Gives paths.
 */
export function adoptWritten(
  state: InstalledState,
  options: { readonly fs: Fs; readonly linkMode: LinkMode },
): string[] {
  const { environmentDir, prefixDir, generation } = state;
  // What others lead into is undone, not added to.
  if (state.shared?.dir !== undefined) return [];
  const known = new Map(readGeneration(prefixDir)?.distributions.map(({ name, version }) => [name, version]));
  const missing = state.distributions
    .filter(({ name, version }) => known.get(name) !== version)
    .flatMap(({ files = [] }) => files)
    .filter(({ path: file }) => lookAtEntry(path.join(prefixDir, file)) === undefined);
  if (missing.length === 0) return [];
  const others = readGenerations(environmentDir).filter(({ number }) => number !== generation);
  const adopted: string[] = [];
  for (const { path: file, sha256 } of missing) {
    const from = others.findLast(({ dir }) => sha256 !== undefined && hashText(path.join(dir, file)) === sha256);
    if (from === undefined) continue;
    place(from.dir, prefixDir, file, options);
    adopted.push(file);
  }
  return adopted;
}

function place(sourceDir: string, targetDir: string, file: string, options: { fs: Fs; linkMode: LinkMode }): void {
  const directory = path.posix.dirname(file);
  const parts = directory.split('/');
  const directories = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const files = [{ directory, names: [path.posix.basename(file)] }];
  linkTree({ sourceDir, targetDir, directories, files }, { fs: options.fs, mode: options.linkMode });
}
