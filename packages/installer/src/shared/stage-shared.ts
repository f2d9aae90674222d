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
import type { InstallPlan } from '../plan/install-plan.ts';
import type { Carried } from '../read/carry.ts';
import { carryBin, syncStaged } from './carry-bin.ts';
import type { SharedArea } from './data-directory.ts';
import { registerRoot, type WaitOptions } from './roots.ts';
import type { SharedLease } from './shared-generations.ts';

/** Builds generation `number`, leading into `lease.dir`, and syncs it. As `stageGeneration` otherwise. */
export async function stageShared(
  state: InstalledState,
  plan: InstallPlan,
  number: number,
  { area, lease, signal, timeoutMs, ...options }: StageOptions & StageSharedOptions,
): Promise<StagedGeneration> {
  const { fs, durability, command, completes, now } = options;
  const { environmentDir, layout } = state;
  const { scripts, programs, tops, distributions, support, cacheTag, magic } = lease.manifest;
  const dir = path.join(environmentPaths(environmentDir).root, generationTarget(number));
  const bin = `${dir}/${layout.scripts}`;
  fs.mkdir(dir);
  fs.mkdir(bin);
  const carried = carryBin(state, plan, new Set([...scripts, ...programs]), fs, dir);
  for (const name of scripts) createFile(`${bin}/${name}`, scriptStub(environmentDir, name), { mode: 0o777, fs });
  for (const name of programs) fs.symlink(`${lease.dir}/${layout.scripts}/${name}`, `${bin}/${name}`);
  for (const name of tops) fs.symlink(`${lease.dir}/${name}`, `${dir}/${name}`);
  fs.symlink('lib', `${dir}/lib64`);
  // A file less to put on the disk.
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
    kept: keptOf(carried),
    completes,
    shared: { cacheTag, magic, dir: lease.dir },
  });
  createFile(path.join(dir, generationFileName), text, { fs });
  // The root comes before the pointer.                 crash here: a root that names nothing, swept by the next prune.
  await registerRoot(area, environmentDir, { fs, signal, timeoutMs });
  syncStaged(
    state,
    dir,
    makeTopLinks(
      environmentDir,
      topNames(state, [layout.scripts, 'lib64', ...tops.filter((name) => name !== rootName)]),
      fs,
    ),
    {
      fs,
      durability,
    },
  );
  return { number, dir, carried };
}

export interface StageSharedOptions extends WaitOptions {
  readonly area: SharedArea;
  readonly lease: SharedLease;
}

/** The names at the top of the environment; a `pip.conf` of its user's own is left alone, and pip is not kept out then. */
function topNames({ environmentDir }: InstalledState, names: readonly string[]): string[] {
  return isOurTopLink(environmentDir, pipGuardName) === false ? [...names] : [...names, pipGuardName];
}

function keptOf({ files }: Carried): string[] {
  return files
    .flatMap(({ directory, names }) => names.map((name) => `${directory}/${name}`))
    .filter((file) => !isSupportPath(file));
}
