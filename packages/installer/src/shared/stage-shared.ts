// Step 4 of a change in the layout `shared`: a generation of links into a shared one, with the environment's own `bin`.
import path from 'node:path';
import { createFile, readText } from '@wheelwright/atomic-fs';
import {
  environmentPaths,
  formatGeneration,
  generationFileName,
  generationFormat,
  generationTarget,
  isSupportPath,
  pipGuard,
  pipGuardName,
  rootName,
  scriptStub,
} from '@wheelwright/python';
import type { StagedGeneration, StageOptions } from '../generation/stage-generation.ts';
import { isOurTopLink, makeTopLinks } from '../generation/top-links.ts';
import type { InstalledState } from '../model/types.ts';
import { carriedFiles } from '../read/carry.ts';
import { carryBin, syncStaged } from './carry-bin.ts';
import type { SharedArea } from './data-directory.ts';
import { registerRoot, type WaitOptions } from './roots.ts';
import type { SharedLease } from './shared-generations.ts';

/**
 * Builds generation `number` with links into `lease.dir`, and syncs it. On throw, and after a crash, it is an orphan that
 * recovery removes.
 */
export async function stageShared(
  state: InstalledState,
  number: number,
  { area, lease, leaving, signal, timeoutMs, ...options }: StageOptions & StageSharedOptions,
): Promise<StagedGeneration> {
  const { fs, durability, command, completes, now } = options;
  const { environmentDir, layout } = state;
  const { scripts, programs, tops, distributions, support, cacheTag, magic } = lease.manifest;
  const dir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  const bin = `${dir}/${layout.scripts}`;
  fs.mkdir(dir);
  fs.mkdir(bin);
  const carried = carryBin(state, { targetDir: dir, fs, replaced: [...scripts, ...programs], leaving });
  for (const name of scripts) createFile(`${bin}/${name}`, scriptStub(environmentDir, name), { mode: 0o777, fs });
  for (const name of programs) fs.symlink(`${lease.dir}/${layout.scripts}/${name}`, `${bin}/${name}`);
  for (const name of tops) fs.symlink(`${lease.dir}/${name}`, `${dir}/${name}`);
  fs.symlink('lib', `${dir}/lib64`);
  // A link where the text is the same: one file less to sync.
  if (readText(`${state.prefixDir}/${pipGuardName}`) !== pipGuard)
    createFile(`${dir}/${pipGuardName}`, pipGuard, { fs });
  else fs.link(`${state.prefixDir}/${pipGuardName}`, `${dir}/${pipGuardName}`);
  const text = formatGeneration({
    format: generationFormat,
    number,
    created: now.toISOString(),
    command,
    distributions: distributions.map(({ name, version, sha256, requested, directUrl }) => {
      return { name, version, sha256, requested, directUrl };
    }),
    support,
    kept: carriedFiles(carried).filter((file) => !isSupportPath(file)),
    completes,
    shared: { cacheTag, magic, dir: lease.dir },
  });
  createFile(path.join(dir, generationFileName), text, { fs });
  // The root comes before the pointer.                 crash here: a root that names nothing, swept by the next prune.
  await registerRoot(area, environmentDir, { fs, signal, timeoutMs });
  const names = [layout.scripts, 'lib64', ...tops.filter((name) => name !== rootName)];
  const topLinks = makeTopLinks(environmentDir, topNames(state, names), fs);
  syncStaged(state, dir, topLinks, { fs, durability });
  return { number, dir, carried };
}

/** What a generation leads into. */
export interface StageSharedOptions extends WaitOptions {
  readonly area: SharedArea;
  readonly lease: SharedLease;
  /** Files of the present generation that do not come along. */
  readonly leaving: Iterable<string>;
}

/** The names at the top of the environment. A `pip.conf` that the user wrote stays, and pip is not kept out then. */
function topNames({ environmentDir }: InstalledState, names: readonly string[]): string[] {
  return isOurTopLink(environmentDir, pipGuardName) === false ? [...names] : [...names, pipGuardName];
}
