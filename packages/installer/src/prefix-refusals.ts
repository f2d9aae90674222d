// What ends a change in place without it, and what is told when somebody got in its way: each with the way out.

import path from 'node:path';
import type { CommitResult as Committed } from '@wheelwright/atomic-fs';
import { type NormalizedName, normalizeName } from '@wheelwright/packaging';
import { listNames } from '@wheelwright/python';
import { resultOf } from './commit-generation.ts';
import { InstallError } from './install-error.ts';
import type { InstallPlan } from './plan-install.ts';
import type { EnvironmentChange, InstalledState } from './types.ts';

/**
 * Throws INSTALL_NO_RECORD where files are to be replaced that nobody knows. To lay new ones over them is for those who
 * insist; what only a `.egg-link` of setuptools leads to goes no other way than by the tool that made it.
 */
export function refuseUnrecorded(state: InstalledState, plan: InstallPlan, { force = [] }: EnvironmentChange): void {
  const forced = (name: NormalizedName) => force === true || (force !== false && force.includes(name));
  const laid = plan.wheels.map(({ wheel }) => wheel.name).filter((name) => !forced(name));
  const leaving = new Set([...laid, ...plan.removed.map(({ name }) => name)]);
  const link = eggLinks(state).find((name) => leaving.has(name));
  if (link !== undefined) refuseEggLink(state, link);
  const owner = state.distributions.find(({ name, files }) => leaving.has(name) && files === undefined);
  if (owner === undefined) return;
  throw new InstallError(
    'INSTALL_NO_RECORD',
    `${owner.name} ${owner.version} has no RECORD, so its files are unknown and cannot be replaced.`,
    {
      hint: `Nothing was changed. Take it away with the tool that installed it${owner.installer === undefined ? '' : ` (${owner.installer})`}, then try again; or lay the new one over it with --force-reinstall.`,
      data: { name: owner.name, path: `${state.prefixDir}/${owner.distInfoDir}` },
    },
  );
}

function eggLinks({ prefixDir, layout }: InstalledState): NormalizedName[] {
  const names = listNames(path.join(prefixDir, layout.sitePackages));
  return names.filter((name) => name.endsWith('.egg-link')).map((name) => normalizeName(name.slice(0, -9)));
}

function refuseEggLink(state: InstalledState, name: NormalizedName): never {
  throw new InstallError(
    'INSTALL_NO_RECORD',
    `${name} is a link to a source tree, made by setuptools without a RECORD.`,
    {
      hint: `Nothing was changed. Take it away first: pip uninstall ${name}.`,
      data: { name, path: path.join(state.prefixDir, state.layout.sitePackages, `${name}.egg-link`) },
    },
  );
}

export function refuseCheck(environmentDir: string): never {
  throw new InstallError(
    'INSTALL_UNSUPPORTED_ENVIRONMENT',
    `${environmentDir} is changed in place, so that nothing can be checked before.`,
    {
      hint: 'Turn it into an environment with generations with `ww adopt`, or leave the check out.',
      data: { environmentDir },
    },
  );
}

export function refuseChanged(environmentDir: string, written: readonly string[]): never {
  throw new InstallError('INSTALL_ENVIRONMENT_CHANGED', `Another program keeps writing into ${environmentDir}.`, {
    hint: 'Nothing was changed. Wait for it to end, then run the command again.',
    data: { environmentDir, written, committed: false },
  });
}

/** What somebody wrote between the last look and the commit, and what therefore went with what was replaced. */
export function reportLost(environmentDir: string, written: readonly string[], plan?: InstallPlan): never {
  const result = plan && resultOf(plan, undefined, true, []);
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${written.slice(0, 3).join(', ')}.`,
    {
      hint: 'The change is done, without what the other wrote; let it do it again.',
      data: { environmentDir, written, committed: true, ...(result && { result }) },
    },
  );
}

export function reportDisplaced(environmentDir: string, { displaced, left }: Committed, plan: InstallPlan): never {
  const paths = [...displaced.map((one) => one.path), ...left];
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${paths.slice(0, 3).join(', ')}.`,
    {
      hint: 'The change is done. What lay in its way was kept aside; run `ww verify`.',
      data: { environmentDir, displaced, left, committed: true, result: resultOf(plan, undefined, true, []) },
    },
  );
}
