// The next generation, built aside out of links: what comes along from the present one, the files of the wheels and
// the few that are written. Nobody sees any of it before the switch, so nothing here has to be atomic or in order.
import path from 'node:path';
import { createFile, type Fs, type LinkMode, linkTree } from '@wheelwright/atomic-fs';
import { rootName, scriptStub } from '@wheelwright/python';
import type { Content } from '../in-place/prefix-content.ts';
import { placeFile } from '../layout/place-file.ts';
import type { PlacedFile, SchemeRoot } from '../layout/schemes.ts';
import type { FileGroup, InstalledState } from '../model/types.ts';
import { directoriesOf } from '../plan/claims.ts';
import type { InstallPlan, PlannedWheel } from '../plan/plan-install.ts';
import { planKept, type ScriptText } from '../plan/plan-kept.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { LaidPaths } from './laid-paths.ts';
import { type WrittenFile, writtenFiles } from './written-files.ts';

/** What to build, and from what. */
export interface BuildRequest {
  readonly state: InstalledState;
  readonly plan: InstallPlan;
  /** Does not exist yet. */
  readonly generationDir: string;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  /** Called between wheels; throws to end the work. */
  readonly pause: () => Promise<void>;
}

/** What was built. */
export interface Built {
  readonly carried: Carried;
  readonly support: Readonly<Record<string, string>>;
  /** Names at the top of the generation. */
  readonly topNames: readonly string[];
}

/** Builds the tree of the next generation, without `generation.json`. On throw parts of it are left to be removed. */
export async function buildTree({ state, plan, generationDir, fs, linkMode, pause }: BuildRequest): Promise<Built> {
  const { environmentDir, prefixDir, layout } = state;
  const stub: ScriptText = ({ name }) => Buffer.from(scriptStub(environmentDir, name));
  const { restored, content: kept } = planKept({ prefixDir, layout }, plan, stub);
  const { files: written, support } = writtenFiles(state, plan, { restored });
  const placed = new Map([...restored].map(([target, { content }]) => [target, content]));
  for (const [target, content] of kept ?? []) placed.set(target, content);
  const laid = new LaidPaths();
  laid.add(written.map(({ target }) => target));
  laid.add(placed.keys());
  for (const planned of plan.wheels) {
    if (planned.whole !== undefined) laid.addGroups(layout.sitePackages, planned.whole.groups);
    else laid.add(planned.lay.map(({ target }) => target));
  }
  const laidDirectories = laid.directories();
  const roots = new Set([...directoriesOf([`${state.layout.sitePackages}/x`]), '', state.layout.scripts]);
  const dropDirectories = new Set([...plan.dropDirectories, ...(kept === undefined ? [] : [rootName])]);
  const carried = carryPrefix(prefixDir, { ...plan, dropDirectories, laid, laidDirectories, roots });

  fs.mkdir(generationDir);
  const options = { fs, mode: linkMode };
  linkTree({ sourceDir: prefixDir, targetDir: generationDir, ...carried }, options);
  for (const link of carried.links) fs.symlink(link.target, `${generationDir}/${link.path}`);
  const made = new Set(carried.directories);
  const missing = [...laidDirectories].filter((directory) => !made.has(directory)).sort();
  for (const directory of missing) fs.mkdir(`${generationDir}/${directory}`);

  for (const planned of plan.wheels) {
    await pause();
    layWheel(planned, state.layout.sitePackages, generationDir, written, options);
  }
  for (const { target, data, mode } of written) createFile(`${generationDir}/${target}`, data, { mode, fs });
  for (const [target, content] of placed) putContent(content, `${generationDir}/${target}`, options);
  const paths = [...carried.directories, ...missing, ...carried.links.map((link) => link.path)];
  for (const { directory, names } of carried.files) if (directory === '') paths.push(...names);
  const tops = laid.tops();
  for (const target of paths) tops.add(target.split('/', 1)[0]!);
  tops.delete(rootName);
  return { carried, support, topNames: [...tops] };
}

function putContent(content: Content, target: string, options: { readonly fs: Fs; readonly mode: LinkMode }): void {
  if (content.kind === 'linked') placeFile(content.source, target, options);
  else createFile(target, content.data, { mode: content.mode, fs: options.fs });
}

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
function sourceOfBytecode(file: string): string {
  return file.replace(/(^|\/)__pycache__\/([^/.]+)\.[^/]*$/, '$1$2.py');
}
