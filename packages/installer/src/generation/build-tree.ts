import { createFile, type Fs, type LinkMode, linkTree } from '@wheelwright/atomic-fs';
import { rootName, scriptStub } from '@wheelwright/python';
import { directoriesOf } from '../layout/directories.ts';
import { placeFile } from '../layout/place-file.ts';
import type { ScriptText } from '../layout/script-text.ts';
import type { Content, InstalledState } from '../model/types.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { planKept } from '../plan/plan-kept.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { LaidPaths } from './laid-paths.ts';
import { layWheel } from './lay-wheel.ts';
import { writtenFiles } from './written-files.ts';

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
