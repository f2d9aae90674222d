// Step 4 of an export: the next generation of an environment that shared its packages has hard links to all files that it
// led into, or copies where those are on another file system.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createFile, linkTree } from '@wheelwright/atomic-fs';
import {
  environmentPaths,
  formatGeneration,
  generationFileName,
  generationFormat,
  generationTarget,
  pipGuardName,
} from '@wheelwright/python';
import type { StagedGeneration, StageOptions } from '../generation/stage-generation.ts';
import { makeTopLinks } from '../generation/top-links.ts';
import type { InstalledState } from '../model/types.ts';
import { type Carried, carryPrefix } from '../read/carry.ts';
import { readGeneration } from '../read/generation-state.ts';
import { sharedOwnFiles } from '../read/shared-manifest.ts';
import { carryBin, syncStaged } from './carry-bin.ts';

/** Builds generation `number`, which leads nowhere, and syncs it. On throw it is an orphan that recovery removes. */
export async function stageOwn(
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
