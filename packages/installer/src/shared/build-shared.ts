// Builds the tree of a shared generation: a complete prefix but for what differs between environments, which is
// `bin/python`, the activate scripts and the stubs of scripts. It consists of links to the store and to the shared
// generation before it, and of files written here; all of it is closed to writers.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, type LinkMode, linkTree } from '@wheelwright/atomic-fs';
import { layWheel } from '../generation/lay-wheel.ts';
import { planTree, type TreePlan } from '../generation/plan-tree.ts';
import { cacheDirName } from '../layout/byte-code.ts';
import type { SharedLayout } from '../model/ports.ts';
import type { Content, InstalledState } from '../model/types.ts';
import { type InstallPlan, type Operation, type PlannedWheel, wheelsOf } from '../plan/install-plan.ts';
import type { Carried } from '../read/carry.ts';
import type { SharedManifest } from '../read/shared-manifest.ts';
import { carryShared, sourceOf } from './carry-shared.ts';
import type { SharedDescription } from './describe-shared.ts';
import { sealTree } from './seal-tree.ts';

/** What to build, and from what. */
export interface BuildSharedRequest {
  readonly state: InstalledState;
  readonly plan: InstallPlan;
  readonly manifest: SharedDescription;
  readonly sharing: SharedLayout;
  /** Absolute; an empty directory. */
  readonly targetDir: string;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  /** Called between wheels; throws to end the work. */
  readonly pause: () => Promise<void>;
}

/** Fills `targetDir` and closes it. On throw, and after a crash, the caller removes it. */
export async function buildShared(request: BuildSharedRequest): Promise<void> {
  const { state, sharing, targetDir, fs, pause } = request;
  // 1. What the generation gets as new files, and what comes along.
  const plan = await compilePlan(request.plan, sharing);
  const tree = planTree(state, plan, { anyEnvironment: true });
  const laidDirectories = tree.laid.directories();
  const carried = carryShared(state, { leaving: tree.leaving, laid: tree.laid, laidDirectories });
  // 2. What comes along.
  const made = linkCarried(request, carried, laidDirectories);
  // 3. The wheels, and what is written.
  await layWheels(request, plan, tree);
  putFiles(request, tree);
  // 4. Byte-code of the modules that the environment itself brings: no environment can write it later.
  const uncompiled = uncompiledModules(state, tree, carried);
  const { sitePackages } = state.layout;
  if (uncompiled.length > 0) await sharing.compileModules(`${targetDir}/${sitePackages}`, uncompiled);
  await pause();
  // 5. Closed, with its manifest.
  sealTree(targetDir, manifestOf(request, tree, carried, made), fs);
}

async function compilePlan(plan: InstallPlan, sharing: SharedLayout): Promise<InstallPlan> {
  const planned = wheelsOf(plan);
  const compiled = await sharing.compile(planned.map(({ wheel }) => wheel));
  const byName = new Map(planned.map((one, index) => [one, { ...one, wheel: compiled[index]! }]));
  const withByteCode = (one: PlannedWheel) => byName.get(one)!;
  const operations = plan.operations.map((one): Operation => {
    return one.kind === 'add' || one.kind === 'replace' ? { ...one, wheel: withByteCode(one.wheel) } : one;
  });
  return { ...plan, operations };
}

/** Links what comes along and makes the directories that the rest needs; returns all directories. */
function linkCarried(
  { state, targetDir, fs, linkMode }: BuildSharedRequest,
  carried: Carried,
  laidDirectories: ReadonlySet<string>,
): ReadonlySet<string> {
  for (const directory of carried.directories) fs.mkdir(`${targetDir}/${directory}`);
  // Files of an environment stay its own; files of a shared generation are closed already.
  const isShared = state.shared?.dir !== undefined;
  const mode = isShared ? linkMode : 'copy';
  linkTree({ ...carried, sourceDir: sourceOf(state), targetDir, directories: [] }, { fs, mode });
  for (const { path: link, target } of carried.links) fs.symlink(target, `${targetDir}/${link}`);
  if (!isShared) closeFiles(targetDir, carried, fs);
  const made = new Set(carried.directories);
  for (const directory of [...laidDirectories, `${state.layout.sitePackages}/${cacheDirName}`].sort()) {
    if (made.has(directory)) continue;
    fs.mkdir(`${targetDir}/${directory}`);
    made.add(directory);
  }
  return made;
}

async function layWheels(request: BuildSharedRequest, plan: InstallPlan, tree: TreePlan): Promise<void> {
  const { state, targetDir, fs, linkMode, pause } = request;
  const { sitePackages, scripts } = state.layout;
  const replaced = new Set([
    ...tree.written.map(({ target }) => target),
    ...tree.stubs.map((name) => `${scripts}/${name}`),
  ]);
  for (const planned of wheelsOf(plan)) {
    await pause();
    layWheel(planned, sitePackages, targetDir, replaced, { fs, mode: linkMode });
  }
}

function putFiles({ targetDir, fs }: BuildSharedRequest, { written, placed }: TreePlan): void {
  for (const { target, data, mode } of written) {
    createFile(`${targetDir}/${target}`, data, { mode: closedMode(mode), fs });
  }
  for (const [target, content] of placed) putClosed(content, `${targetDir}/${target}`, fs);
}

function uncompiledModules({ layout }: InstalledState, { support }: TreePlan, carried: Carried): string[] {
  const present = carriedIn(carried, `${layout.sitePackages}/${cacheDirName}`);
  const ours = Object.keys(support).filter((name) => name.endsWith('.py'));
  return ours.filter((name) => !present.some((file) => file.startsWith(name.slice(0, -2))));
}

function manifestOf(
  { state, manifest }: BuildSharedRequest,
  { laid, stubs, support }: TreePlan,
  carried: Carried,
  directories: ReadonlySet<string>,
): SharedManifest {
  const { scripts: scriptsDir } = state.layout;
  const tops = new Set([...carriedIn(carried, ''), ...laid.tops()]);
  for (const directory of directories) tops.add(directory.split('/', 1)[0]!);
  tops.delete(scriptsDir);
  const programs = new Set([...carriedIn(carried, scriptsDir), ...laid.namesIn(scriptsDir)]);
  for (const directory of carried.directories) {
    if (path.posix.dirname(directory) === scriptsDir) programs.add(path.posix.basename(directory));
  }
  return { ...manifest, scripts: stubs, programs: [...programs], tops: [...tops], support };
}

function closeFiles(dir: string, { files }: Carried, fs: Fs): void {
  for (const { directory, names } of files) for (const name of names) fs.chmod(`${dir}/${directory}/${name}`, 0o444);
}

function putClosed(content: Content, target: string, fs: Fs): void {
  const linked = content.kind === 'linked';
  const mode = linked ? statSync(content.source).mode : content.mode;
  createFile(target, linked ? readFileSync(content.source) : content.data, { mode: closedMode(mode), fs });
}

function closedMode(mode: number): number {
  return mode & 0o111 ? 0o555 : 0o444;
}

function carriedIn({ files }: Carried, directory: string): readonly string[] {
  return files.find((group) => group.directory === directory)?.names ?? [];
}
