// Turns an environment of the layout `shared` into one of the layout `own`: its next generation has hard links to the files
// that it led into, or copies where those are on another file system. It is committed like any other.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createFile, linkTree, nodeFs } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import {
  environmentPaths,
  formatGeneration,
  generationFileName,
  generationFormat,
  generationTarget,
  pipGuardName,
  readEnvironment,
} from '@wheelwright/python';
import { layoutOf } from '../environment/layout-of.ts';
import { commitGeneration } from '../generation/commit-generation.ts';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { stageChange } from '../generation/stage-change.ts';
import type { StagedGeneration, StageOptions } from '../generation/stage-generation.ts';
import { makeTopLinks } from '../generation/top-links.ts';
import { contextOf } from '../model/change-context.ts';
import type { ChangeOptions } from '../model/change-options.ts';
import type { EnvironmentChange, InstalledState } from '../model/types.ts';
import { type ChangeResult, resultOf } from '../plan/change-result.ts';
import { planInstall } from '../plan/plan-install.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { readGeneration } from '../read/generation-state.ts';
import { sharedOwnFiles } from '../read/shared-manifest.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { refuseChanged } from '../recover/report-written.ts';
import { carryBin, syncStaged } from '../shared/carry-bin.ts';

/**
 * Makes the environment at the absolute path `environmentDir` hold its packages itself. `committed` is false where it does
 * so already. The packages stay the same. After a crash the environment still shares them, or holds them itself. Throws
 * INSTALL_SHARED_LOST where the shared packages are damaged and cannot be made again, and what `changeEnvironment` throws.
 */
export async function exportEnvironment(environmentDir: string, options: ChangeOptions = {}): Promise<ChangeResult> {
  const { fs = nodeFs, command = 'export' } = options;
  readEnvironment(environmentDir);
  const lock = await lockEnvironment(environmentDir, { ...options, command });
  try {
    recoverGenerations(environmentDir, fs);
    const layout = layoutOf(environmentDir);
    if (layout.name !== 'shared') return nothingDone(layout.read());
    const context = contextOf(environmentDir, { ...options, command, check: undefined, completes: undefined }, lock);
    const state = await layout.change(context).read();
    const plan = planInstall(state, nothing);
    const stage = (number: number, stageOptions: StageOptions) => stageOwn(state, number, stageOptions);
    const { staged, written } = await stageChange(state, { added: [], stage }, context);
    if (staged === undefined) refuseChanged(environmentDir, written);
    return commitGeneration(state, plan.summary, staged, context);
  } finally {
    lock.release();
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

const nothing: EnvironmentChange = { add: [], remove: [] };

function nothingDone(state: InstalledState): ChangeResult {
  return resultOf(planInstall(state, nothing).summary, state.generation, false, []);
}

async function stageOwn(
  state: InstalledState,
  number: number,
  { fs, linkMode, durability, command, now, pause }: StageOptions,
): Promise<StagedGeneration> {
  const { environmentDir, prefixDir } = state;
  const dir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  const { shared: _shared, ...before } = readGeneration(prefixDir)!;
  fs.mkdir(dir);
  const sourceDir = state.shared?.dir ?? prefixDir;
  const content = contentOf(sourceDir, state);
  linkTree({ sourceDir, targetDir: dir, ...content }, { fs, mode: linkMode });
  for (const { path: link, target } of content.links) fs.symlink(target, `${dir}/${link}`);
  await pause();
  if (!content.directories.includes(state.layout.scripts)) fs.mkdir(`${dir}/${state.layout.scripts}`);
  // Stubs come along as they are; the programs themselves replace the links to them.
  const carried = carryBin(state, { targetDir: dir, fs, stubs: true });
  fs.symlink('lib', `${dir}/lib64`);
  const text = formatGeneration({ ...before, format: generationFormat, number, created: now.toISOString(), command });
  createFile(path.join(dir, generationFileName), text, { fs });
  const tops = readdirSync(dir).filter((name) => !name.startsWith('.'));
  syncStaged(state, dir, makeTopLinks(environmentDir, tops, fs), { fs, durability, whole: true });
  return { number, dir, carried };
}

function contentOf(sourceDir: string, { shared, layout }: InstalledState): Carried {
  // The environment's own `bin` is carried apart; a shared generation holds the programs in its `bin`.
  const directories = new Set(shared?.dir === undefined ? [layout.scripts] : []);
  const roots = new Set(['lib', 'include', 'share', 'etc']);
  const all = carryPrefix(sourceDir, { leaving: { files: new Set(), directories }, roots });
  const isContent = (name: string) => !sharedOwnFiles.has(name) && name !== pipGuardName;
  return {
    seen: [],
    directories: all.directories,
    links: all.links.filter(({ path: link }) => link.includes('/')),
    files: all.files.map(({ directory, names }) => ({
      directory,
      names: directory === '' ? names.filter(isContent) : names,
    })),
  };
}
