// Links the files of a wheel into a prefix that is being built.
import path from 'node:path';
import { type Fs, type LinkFiles, type LinkMode, linkTree } from '@wheelwright/atomic-fs';
import { isCacheDir, sourceOfByteCode } from '../layout/byte-code.ts';
import { directoriesOf } from '../layout/directories.ts';
import type { PlacedFile, SchemeRoot } from '../layout/schemes.ts';
import type { FileGroup } from '../model/wheel-tree.ts';
import type { PlannedWheel } from '../plan/install-plan.ts';

/** Links the files of a wheel, but for the targets in `replaced`, and its byte-code into the prefix at `generationDir`. */
export function layWheel(
  planned: PlannedWheel,
  sitePackages: string,
  generationDir: string,
  replaced: ReadonlySet<string>,
  options: { readonly fs: Fs; readonly mode: LinkMode },
): void {
  linkTree({ ...wholeFiles(planned, sitePackages, generationDir), directories: [] }, options);
  layRest(planned, sitePackages, generationDir, replaced, options);
}

/** The files of a wheel whose paths no other distribution claims; of another wheel none. */
export function wholeFiles({ wheel, whole }: PlannedWheel, sitePackages: string, generationDir: string): LinkFiles {
  const targetDir = path.join(generationDir, sitePackages);
  return { sourceDir: wheel.treeDir, targetDir, files: whole?.groups ?? [] };
}

/** Links what `wholeFiles` leaves out: the files of a wheel with disputed paths, and byte-code. */
export function layRest(
  planned: PlannedWheel,
  sitePackages: string,
  generationDir: string,
  replaced: ReadonlySet<string>,
  options: { readonly fs: Fs; readonly mode: LinkMode },
): void {
  const { wheel, whole } = planned;
  const siteDir = path.join(generationDir, sitePackages);
  if (whole === undefined) layFiles(planned, generationDir, replaced, options);
  if (wheel.bytecode === undefined) return;
  const sources = whole === undefined ? new Set(planned.lay.map(({ target }) => target)) : undefined;
  const files = wheel.bytecode.files.filter(
    (file) => sources === undefined || sources.has(`${sitePackages}/${sourceOfByteCode(file)}`),
  );
  const directories = [...directoriesOf(files)].filter(isCacheDir).sort();
  linkTree({ sourceDir: wheel.bytecode.treeDir, targetDir: siteDir, directories, files: byDirectory(files) }, options);
}

function layFiles(
  { wheel, lay }: PlannedWheel,
  generationDir: string,
  replaced: ReadonlySet<string>,
  options: { readonly fs: Fs; readonly mode: LinkMode },
): void {
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
