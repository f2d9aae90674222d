// Builds the tree of the next generation: links to the present one and to the wheels, and files written here.
import {
  createFile,
  type Fs,
  type LinkBeside,
  type LinkMode,
  linkFile,
  linkTree,
  linkTrees,
} from '@wheelwright/atomic-fs';
import { rootName } from '@wheelwright/python';
import { directoriesOf } from '../layout/directories.ts';
import type { Content, InstalledState } from '../model/types.ts';
import { type InstallPlan, wheelsOf } from '../plan/install-plan.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { layRest, wholeFiles } from './lay-wheel.ts';
import { planTree } from './plan-tree.ts';

/** What to build, and from what. */
export interface BuildRequest {
  readonly state: InstalledState;
  readonly plan: InstallPlan;
  /** Absolute; does not exist yet. */
  readonly generationDir: string;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly linkBeside?: LinkBeside | undefined;
  /** Called between wheels; throws to end the work. */
  readonly pause: () => Promise<void>;
}

/** What was built. */
export interface Built {
  readonly carried: Carried;
  /** The hashes of the environment's own files, for generation.json. */
  readonly support: Readonly<Record<string, string>>;
  /** Names at the top of the generation. */
  readonly topNames: readonly string[];
}

/** Builds the tree of the next generation, without `generation.json`. On throw the caller removes what was built. */
export async function buildTree({ state, plan, generationDir, ...request }: BuildRequest): Promise<Built> {
  const { fs, linkMode, linkBeside, pause } = request;
  const { prefixDir, layout } = state;
  const { written, placed, laid, leaving, support } = planTree(state, plan);
  const laidDirectories = laid.directories();
  const roots = new Set([...directoriesOf([`${layout.sitePackages}/x`]), '', layout.scripts]);
  const carried = carryPrefix(prefixDir, { leaving, laid, laidDirectories, roots });

  fs.mkdir(generationDir);
  const options = { fs, mode: linkMode };
  const fromPresent = { sourceDir: prefixDir, targetDir: generationDir };
  linkTree({ ...fromPresent, directories: carried.directories, files: [] }, options);
  for (const link of carried.links) fs.symlink(link.target, `${generationDir}/${link.path}`);
  const made = new Set(carried.directories);
  const missing = [...laidDirectories].filter((directory) => !made.has(directory)).sort();
  for (const directory of missing) fs.mkdir(`${generationDir}/${directory}`);

  const replaced = new Set(written.map(({ target }) => target));
  const wheels = wheelsOf(plan);
  const whole = wheels.map((planned) => wholeFiles(planned, layout.sitePackages, generationDir));
  await linkTrees([{ ...fromPresent, files: carried.files }, ...whole], { ...options, pause, beside: linkBeside });
  for (const planned of wheels) {
    if (planned.whole !== undefined && planned.wheel.bytecode === undefined) continue;
    await pause();
    layRest(planned, layout.sitePackages, generationDir, replaced, options);
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
  if (content.kind === 'linked') linkFile(content.source, target, options);
  else createFile(target, content.data, { mode: content.mode, fs: options.fs });
}
