// The tree of a shared generation: a complete prefix but for what differs between environments, which is `bin/python`,
// the activations and the stubs of scripts. Made of links to the store and to the shared generation before it.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, type LinkMode, linkTree, readText } from '@wheelwright/atomic-fs';
import { parseDirectUrl } from '@wheelwright/packaging';
import { parseScriptsMap, rootName, scriptStub, scriptsMapName } from '@wheelwright/python';
import { layWheel } from '../generation/lay-wheel.ts';
import { writtenFiles } from '../generation/written-files.ts';
import { directoriesOf } from '../layout/directories.ts';
import { hashText } from '../layout/record-hash.ts';
import type { ScriptText } from '../layout/script-text.ts';
import type { SharedLayout } from '../model/ports.ts';
import type { Content, InstalledState } from '../model/types.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { planKept } from '../plan/plan-kept.ts';
import type { Selection } from '../plan/select-distributions.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { installerName } from '../read/owner-of.ts';
import { type SharedDistribution, type SharedManifest, sharedOwnFiles } from '../read/shared-manifest.ts';
import { sharedFormat } from './data-directory.ts';
import { sealTree } from './seal-tree.ts';

export interface BuildSharedRequest {
  readonly state: InstalledState;
  readonly plan: InstallPlan;
  readonly manifest: Omit<SharedManifest, 'scripts' | 'programs' | 'tops' | 'support'>;
  readonly sharing: SharedLayout;
  /** Empty. */
  readonly targetDir: string;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  /** Called between wheels; throws to end the work. */
  readonly pause: () => Promise<void>;
}

/** Fills `targetDir` and closes it. On throw, and after a crash, it is the caller's to remove. */
export async function buildShared(request: BuildSharedRequest): Promise<void> {
  const { state, manifest, sharing, targetDir, fs, linkMode, pause } = request;
  const { sitePackages, scripts: scriptsDir } = state.layout;
  const plan = await compilePlan(request.plan, sharing);
  // Which environment a stub is for is not known here: it is made again by each from the map.
  const stub: ScriptText = ({ name }) => Buffer.from(scriptStub('/', name));
  const { restored, content: losers } = planKept(state, plan, stub);
  const { files, support } = writtenFiles(state, plan, { anyEnvironment: true, restored });
  const map = files.find(({ target }) => target === `${sitePackages}/${scriptsMapName}`)?.data.toString();
  const scripts = parseScriptsMap(map ?? readText(path.join(state.prefixDir, sitePackages, scriptsMapName)) ?? '');
  const stubs = new Set(scripts.map(({ name }) => `${scriptsDir}/${name}`));
  const written = files.filter(({ target }) => !stubs.has(target));
  const placed = new Map([...restored].map(([target, { content }]) => [target, content]));
  for (const [target, content] of losers ?? []) placed.set(target, content);
  for (const target of stubs) placed.delete(target);
  const laid = new Set([...written.map(({ target }) => target), ...placed.keys()]);
  for (const { lay } of plan.wheels) for (const { target } of lay) if (!stubs.has(target)) laid.add(target);
  const laidDirectories = directoriesOf(laid);
  const dropDirectories = new Set([...plan.dropDirectories, ...(losers === undefined ? [] : [rootName])]);
  const carried = carryShared(state, { drop: plan.drop, dropDirectories }, laid, laidDirectories);

  for (const directory of carried.directories) fs.mkdir(`${targetDir}/${directory}`);
  // Files of an environment stay its own; those of a shared generation are closed already.
  const mode = state.shared?.dir === undefined ? 'copy' : linkMode;
  linkTree({ ...carried, sourceDir: sourceOf(state), targetDir, directories: [] }, { fs, mode });
  for (const { path: link, target } of carried.links) fs.symlink(target, `${targetDir}/${link}`);
  if (state.shared?.dir === undefined) closeFiles(targetDir, carried, fs);
  const made = new Set(carried.directories);
  const cacheDir = `${sitePackages}/__pycache__`;
  for (const directory of [...laidDirectories, cacheDir].sort()) {
    if (made.has(directory)) continue;
    fs.mkdir(`${targetDir}/${directory}`);
    made.add(directory);
  }
  const replaced = [...written, ...[...stubs].map((target) => ({ target, data: '', mode: 0 }))];
  for (const planned of plan.wheels) {
    await pause();
    layWheel(planned, sitePackages, targetDir, replaced, { fs, mode: linkMode });
  }
  for (const { target, data, mode } of written) {
    createFile(`${targetDir}/${target}`, data, { mode: mode & 0o111 ? 0o555 : 0o444, fs });
  }
  for (const [target, content] of placed) putClosed(content, `${targetDir}/${target}`, fs);
  const ours = Object.keys(support).filter((name) => name.endsWith('.py'));
  const uncompiled = ours.filter((name) => !hasByteCode(carried, cacheDir, name));
  if (uncompiled.length > 0) await sharing.compileModules(`${targetDir}/${sitePackages}`, uncompiled);
  await pause();
  const programs = [
    ...carriedIn(carried, scriptsDir),
    ...[...laid].flatMap((target) => inBin(target, scriptsDir) ?? []),
  ];
  const tops = [...new Set([...made].map((directory) => directory.split('/', 1)[0]!))];
  for (const target of [...laid, ...carriedIn(carried, '')]) if (!target.includes('/')) tops.push(target);
  sealTree(
    targetDir,
    {
      ...manifest,
      scripts: scripts.map(({ name }) => name),
      programs,
      tops: tops.filter((name) => name !== scriptsDir),
      support,
    },
    fs,
  );
}

/** What the manifest of a selection says before anything is made. */
export function describeShared(
  { layout, shared }: InstalledState,
  { kept, add }: Pick<Selection, 'kept' | 'add'>,
  before: readonly SharedDistribution[],
  variant: string | undefined,
): BuildSharedRequest['manifest'] {
  const known = new Map(before.map((distribution) => [distribution.name, distribution]));
  const distributions = [
    ...kept.map(({ name, version, wheelSha256, requested, editable, installer, distInfoDir }): SharedDistribution => {
      const directUrl = known.get(name)?.directUrl;
      const distInfoName = path.posix.basename(distInfoDir);
      return { name, version, sha256: wheelSha256, requested, directUrl, installer, editable, distInfoName };
    }),
    ...add.map(({ name, version, sha256, requested, directUrl, distInfoDir }): SharedDistribution => {
      const editable = directUrl !== undefined && parseDirectUrl(directUrl).directory?.editable === true;
      return {
        name,
        version,
        sha256,
        requested,
        directUrl,
        installer: installerName,
        editable,
        distInfoName: distInfoDir,
      };
    }),
  ];
  const { cacheTag, magic } = shared!;
  const libDirName = layout.sitePackages.split('/')[1]!;
  distributions.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { format: sharedFormat, cacheTag, magic, libDirName, distributions, variant };
}

/** What lies in an environment that shares nothing yet and that no wheel of ours brought; with hashes. */
export function strangeFiles(state: InstalledState): [string, string | undefined][] {
  if (state.shared?.dir !== undefined) return [];
  const nothing = new Set<string>();
  const { files } = carryShared(state, { drop: nothing, dropDirectories: nothing }, nothing, nothing);
  return files
    .filter(({ directory }) => !directory.endsWith('__pycache__'))
    .flatMap(({ directory, names }) => names.map((name) => (directory === '' ? name : `${directory}/${name}`)))
    .filter((file) => !isOurs(file, state))
    .map((file) => [file, hashText(path.join(state.prefixDir, file))]);
}

function isOurs(file: string, { layout }: InstalledState): boolean {
  const name = file.startsWith(`${layout.sitePackages}/`) ? file.slice(layout.sitePackages.length + 1) : file;
  return /^(?:00_wheelwright\.pth|_wheelwright_\w+\.(?:py|txt)|[^/]+\/\.wheelwright-keep)$/.test(name);
}

function sourceOf({ shared, prefixDir }: InstalledState): string {
  return shared?.dir ?? prefixDir;
}

// What comes along from the present one. What each environment has of its own stays where it is.
function carryShared(
  state: InstalledState,
  { drop, dropDirectories }: Pick<InstallPlan, 'drop' | 'dropDirectories'>,
  laid: ReadonlySet<string>,
  laidDirectories: ReadonlySet<string>,
): Carried {
  const { layout, shared } = state;
  if (!existsSync(sourceOf(state))) return { seen: [], directories: [], files: [], links: [] };
  const roots = directoriesOf([`${layout.sitePackages}/x`]);
  const all = carryPrefix(sourceOf(state), { drop, dropDirectories, laid, laidDirectories, roots });
  const ofEnvironment = (directory: string) =>
    shared?.dir === undefined && (directory === layout.scripts || directory.startsWith(`${layout.scripts}/`));
  return {
    seen: [],
    directories: all.directories.filter((directory) => !ofEnvironment(directory)),
    files: all.files
      .filter(({ directory }) => !ofEnvironment(directory))
      .map(({ directory, names }) => ({
        directory,
        names:
          directory === '' ? names.filter((name) => shared?.dir !== undefined && !sharedOwnFiles.has(name)) : names,
      })),
    links: all.links.filter(({ path: link }) => link.includes('/') && !ofEnvironment(path.posix.dirname(link))),
  };
}

async function compilePlan(plan: InstallPlan, sharing: SharedLayout): Promise<InstallPlan> {
  const wheels = await sharing.compile(plan.wheels.map(({ wheel }) => wheel));
  return { ...plan, wheels: plan.wheels.map((planned, index) => ({ ...planned, wheel: wheels[index]! })) };
}

function closeFiles(dir: string, { files }: Carried, fs: Fs): void {
  for (const { directory, names } of files) for (const name of names) fs.chmod(`${dir}/${directory}/${name}`, 0o444);
}

function putClosed(content: Content, target: string, fs: Fs): void {
  const linked = content.kind === 'linked';
  const mode = linked ? statSync(content.source).mode : content.mode;
  createFile(target, linked ? readFileSync(content.source) : content.data, { mode: mode & 0o111 ? 0o555 : 0o444, fs });
}

function carriedIn({ files }: Carried, directory: string): readonly string[] {
  return files.find((group) => group.directory === directory)?.names ?? [];
}

function hasByteCode(carried: Carried, cacheDir: string, name: string): boolean {
  return carriedIn(carried, cacheDir).some((file) => file.startsWith(`${name.slice(0, -2)}`));
}

function inBin(target: string, scriptsDir: string): string | undefined {
  return target.startsWith(`${scriptsDir}/`) ? target.slice(scriptsDir.length + 1) : undefined;
}
