// The files of a wheel linked into a prefix that is being built.
import path from 'node:path';
import { type Fs, type LinkMode, linkTree } from '@wheelwright/atomic-fs';
import { directoriesOf } from '../layout/directories.ts';
import type { PlacedFile, SchemeRoot } from '../layout/schemes.ts';
import type { FileGroup } from '../model/types.ts';
import type { PlannedWheel } from '../plan/install-plan.ts';
import type { WrittenFile } from './written-files.ts';

/** Puts the files of a wheel that are not `written`, and its byte-code, into the prefix at `generationDir`. */
export function layWheel(
  planned: PlannedWheel,
  sitePackages: string,
  generationDir: string,
  written: readonly WrittenFile[],
  options: { readonly fs: Fs; readonly mode: LinkMode },
): void {
  const { wheel, whole } = planned;
  const siteDir = path.join(generationDir, sitePackages);
  if (whole === undefined) layFiles(planned, generationDir, written, options);
  else linkTree({ sourceDir: wheel.treeDir, targetDir: siteDir, directories: [], files: whole.groups }, options);
  if (wheel.bytecode === undefined) return;
  const sources = whole === undefined ? new Set(planned.lay.map(({ target }) => target)) : undefined;
  const files = wheel.bytecode.files.filter(
    (file) => sources === undefined || sources.has(`${sitePackages}/${sourceOfBytecode(file)}`),
  );
  const directories = [...directoriesOf(files)].filter((name) => name.endsWith('__pycache__')).sort();
  linkTree({ sourceDir: wheel.bytecode.treeDir, targetDir: siteDir, directories, files: byDirectory(files) }, options);
}

function layFiles(
  { wheel, lay }: PlannedWheel,
  generationDir: string,
  written: readonly WrittenFile[],
  options: { readonly fs: Fs; readonly mode: LinkMode },
): void {
  const replaced = new Set(written.map(({ target }) => target));
  const byRoot = new Map<SchemeRoot, PlacedFile[]>();
  for (const placed of lay) {
    if (replaced.has(placed.target)) continue;
    const others = byRoot.get(placed.root);
    if (others === undefined) byRoot.set(placed.root, [placed]);
    else others.push(placed);
  }
  for (const [root, files] of byRoot) {
    const inside = files.map(({ target }) => (root.target === '' ? target : target.slice(root.target.length + 1)));
    const sourceDir = path.join(wheel.treeDir, root.source);
    const targetDir = path.join(generationDir, root.target);
    linkTree({ sourceDir, targetDir, directories: [], files: byDirectory(inside) }, options);
  }
}

function byDirectory(paths: readonly string[]): FileGroup[] {
  const groups = new Map<string, string[]>();
  for (const file of paths) {
    const slash = file.lastIndexOf('/');
    const directory = slash < 0 ? '' : file.slice(0, slash);
    const names = groups.get(directory);
    if (names === undefined) groups.set(directory, [file.slice(slash + 1)]);
    else names.push(file.slice(slash + 1));
  }
  return [...groups].map(([directory, names]) => ({ directory, names }));
}

/** `a/b.py` of `a/__pycache__/b.cpython-311.pyc`. */
export function sourceOfBytecode(file: string): string {
  return file.replace(/(^|\/)__pycache__\/([^/.]+)\.[^/]*$/, '$1$2.py');
}
