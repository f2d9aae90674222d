// An environment of the layout `shared` becomes own: its next generation holds everything itself, hard-linked from what
// it led into, or copied where that lies on another file system. One commit like any other.
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
  readEnvironment,
} from '@wheelwright/python';
import { type Carried, carryPrefix } from './carry.ts';
import type { ChangeOptions } from './change-environment.ts';
import { restoreShared, type ShareOptions } from './change-shared.ts';
import { type ChangeResult, commitGeneration, resultOf } from './commit-generation.ts';
import { readGeneration, readInstalledState } from './installed-state.ts';
import { lockEnvironment } from './lock-environment.ts';
import { type InstallPlan, planInstall } from './plan-install.ts';
import { refuseChanged } from './prefix-refusals.ts';
import { recoverLocked } from './recover.ts';
import { alwaysKept, emptyTrash } from './retire.ts';
import { sharedOwnFiles } from './shared-manifest.ts';
import { stageChange } from './stage-change.ts';
import type { StagedGeneration, StageOptions } from './stage-generation.ts';
import { carryBin, syncStaged } from './stage-shared.ts';
import { makeTopLinks } from './top-links.ts';
import type { InstalledState } from './types.ts';

/**
 * Makes the environment own; `committed: false`: it was so already. Old before a crash, own after it, the same packages
 * in both. Throws INSTALL_UNSUPPORTED_ENVIRONMENT where it has no generations, and what `changeEnvironment` throws.
 */
export async function exportEnvironment(environmentDir: string, options: ChangeOptions = {}): Promise<ChangeResult> {
  const { command = 'export', signal, fs = nodeFs, linkMode = 'auto', now } = options;
  const { durability = 'full', keepGenerations = alwaysKept } = options;
  const time = now ?? (() => new Date());
  readEnvironment(environmentDir);
  const lock = await lockEnvironment(environmentDir, { ...options, command });
  try {
    recoverLocked(environmentDir, fs);
    const sharing: ShareOptions = { ...options, sharing: options.sharing, fs, linkMode, signal };
    let state = readInstalledState(environmentDir);
    if (await restoreShared(state, sharing)) state = readInstalledState(environmentDir);
    const plan = planInstall(state, { add: [], remove: [] });
    if (state.shared === undefined) return resultOf(plan, state.generation, false, []);
    const stage = { command, fs, linkMode, durability, check: undefined, lockFd: lock.fd, signal, now: time };
    const { staged, written } = await stageChange(state, plan, { ...stage, stage: stageOwn });
    if (staged === undefined) refuseChanged(environmentDir, written);
    return commitGeneration(state, plan, staged, { fs, durability, keepGenerations, now: time });
  } finally {
    lock.release();
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

async function stageOwn(
  state: InstalledState,
  plan: InstallPlan,
  number: number,
  { fs, linkMode, durability, command, now, pause }: StageOptions,
): Promise<StagedGeneration> {
  const { environmentDir, prefixDir } = state;
  const dir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  const { shared: _shared, ...before } = readGeneration(prefixDir)!;
  const nothing = new Set<string>();
  fs.mkdir(dir);
  const sourceDir = state.shared?.dir ?? prefixDir;
  const content = contentOf(sourceDir, state);
  linkTree({ sourceDir, targetDir: dir, ...content }, { fs, mode: linkMode });
  for (const { path: link, target } of content.links) fs.symlink(target, `${dir}/${link}`);
  await pause();
  if (!content.directories.includes(state.layout.scripts)) fs.mkdir(`${dir}/${state.layout.scripts}`);
  // Stubs come along as they are; the links to programs gave way to the programs.
  const carried = carryBin(state, plan, nothing, fs, dir, { stubs: true });
  fs.symlink('lib', `${dir}/lib64`);
  const text = formatGeneration({ ...before, format: generationFormat, number, created: now.toISOString(), command });
  createFile(path.join(dir, generationFileName), text, { fs });
  const tops = readdirSync(dir).filter((name) => !name.startsWith('.'));
  syncStaged(state, dir, makeTopLinks(environmentDir, tops, fs), { fs, durability, whole: true });
  return { number, dir, carried };
}

function contentOf(sourceDir: string, { shared, layout }: InstalledState): Carried {
  const nothing = new Set<string>();
  const rules = { drop: nothing, laid: nothing, laidDirectories: nothing };
  const roots = new Set(['lib', 'include', 'share', 'etc']);
  const all = carryPrefix(sourceDir, {
    ...rules,
    dropDirectories: shared?.dir === undefined ? new Set([layout.scripts]) : nothing,
    roots,
  });
  const inside = (name: string) => !sharedOwnFiles.has(name) && name !== 'pip.conf';
  return {
    seen: [],
    directories: all.directories,
    links: all.links.filter(({ path: link }) => link.includes('/')),
    files: all.files.map(({ directory, names }) => ({
      directory,
      names: directory === '' ? names.filter(inside) : names,
    })),
  };
}
