// Restores the marker, the pointer and the links of an environment with generations in place: each is one small file or
// link, made aside and renamed. A file that is in place of a link may be anyone's, so it is moved aside.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, lookAtEntry, switchPointer, syncDirectory, writeFileAtomic } from '@wheelwright/atomic-fs';
import {
  environmentFormat,
  environmentPaths,
  generationTarget,
  type ImageFault,
  type Makeup,
} from '@wheelwright/python';
import { makeAsideDir } from '../recover/aside.ts';
import type { RestoreContext } from './restore-context.ts';
import { restoredEntry } from './restored-entry.ts';

/** Restores them in an order in which the environment looks complete only when it is. */
export function restoreTop(makeup: Makeup, faults: readonly ImageFault[], context: RestoreContext): void {
  const { dir, generation } = makeup;
  const { fs, durability, notes } = context;
  const paths = environmentPaths(dir);
  const isFaulty = (file: string) => faults.some((fault) => path.join(dir, fault.path) === file);
  const clear = (file: string) => setAside(dir, file, context);
  // 1. The links.                                      crash here: some of them; the rest by the next call.
  for (const { path: name, entry } of faults) {
    if (entry?.kind !== 'link' || path.join(dir, name) === paths.current) continue;
    exchange(path.join(dir, name), entry.target, clear, context);
  }
  // 2. What makes it an environment to Python.         crash here: the same.
  const cfg = faults.find((fault) => fault.path === 'pyvenv.cfg');
  const entry = cfg && restoredEntry(cfg, makeup, context);
  if (entry?.kind === 'file') {
    if (!isLinkOrFile(paths.pyvenvCfg)) clear(paths.pyvenvCfg);
    writeFileAtomic(paths.pyvenvCfg, entry.data, { durability, fs, mode: 0o644, links: 'replace' });
  }
  // 3. The pointer.                                    crash here: without its format no process changes it.
  if (isFaulty(paths.current) && generation !== undefined) {
    exchange(paths.current, generationTarget(generation), clear, context);
    notes.push(`${paths.current} leads to generation ${generation}, which was current last`);
  }
  // 4. What makes it one of ours.
  if (isFaulty(paths.format)) {
    if (!isLinkOrFile(paths.format)) clear(paths.format);
    writeFileAtomic(paths.format, `${environmentFormat}\n`, { durability, fs, mode: 0o644, links: 'replace' });
  }
}

function exchange(
  file: string,
  target: string,
  clear: (file: string) => void,
  { fs, durability }: RestoreContext,
): void {
  const found = lookAtEntry(file);
  if (found !== undefined && !found.isSymbolicLink()) clear(file);
  switchPointer(file, target, { fs, durability });
}

function isLinkOrFile(file: string): boolean {
  return lookAtEntry(file)?.isDirectory() !== true;
}

/** Moves what is at `file` aside; removes an empty directory. */
function setAside(environmentDir: string, file: string, { fs, durability, notes }: RestoreContext): void {
  const found = lookAtEntry(file);
  if (found === undefined) return;
  if (found.isDirectory() && readdirSync(file).length === 0) return void fs.rmdir(file);
  const kept = keepAside(environmentDir, file, { fs });
  if (durability === 'full') syncDirectory(path.dirname(kept), { fs });
  notes.push(`${file} was in the way and is now ${kept}`);
}

function keepAside(environmentDir: string, file: string, { fs }: { readonly fs: Fs }): string {
  const kept = path.join(makeAsideDir(environmentDir, fs), path.basename(file));
  fs.rename(file, kept);
  return kept;
}
