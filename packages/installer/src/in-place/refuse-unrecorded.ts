// What ends a change in place without it, and what is told when somebody got in its way: each with the way out.

import path from 'node:path';
import type { CommitResult as Committed } from '@wheelwright/atomic-fs';
import { type NormalizedName, normalizeName } from '@wheelwright/packaging';
import { listNames } from '@wheelwright/python';
import { resultOf } from '../generation/commit-generation.ts';
import { InstallError } from '../model/install-error.ts';
import type { EnvironmentChange, InstalledState } from '../model/types.ts';
import type { InstallPlan } from '../plan/plan-install.ts';

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

export function refuseChanged(environmentDir: string, written: readonly string[]): never {
  throw new InstallError('INSTALL_ENVIRONMENT_CHANGED', `Another program keeps writing into ${environmentDir}.`, {
    hint: 'Nothing was changed. Wait for it to end, then run the command again.',
    data: { environmentDir, written, committed: false },
  });
}

/** Throws what another program did between the decision and its turn, where it did anything. */
export function reportWritten(environmentDir: string, committed: Committed, plan?: InstallPlan): void {
  const paths = writtenIn(committed);
  if (paths.length === 0) return;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${paths.slice(0, 3).join(', ')}.`,
    {
      hint: `The change is done. ${keptHint(committed)}Run \`ww verify\`, and let the other do its work again.`,
      data: {
        environmentDir,
        ...committed,
        written: paths,
        committed: true,
        ...(plan && { result: resultOf(plan, undefined, true, []) }),
      },
    },
  );
}

/** The same of a change that a dead process left and that was finished just now; nothing else was done yet. */
export function reportRecovered(environmentDir: string, committed: Committed): void {
  const paths = writtenIn(committed);
  if (paths.length === 0) return;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} before the change of a dead process was finished: ${paths.slice(0, 3).join(', ')}.`,
    {
      hint: `That change is finished now. ${keptHint(committed)}Run the command again.`,
      data: { environmentDir, ...committed, written: paths, committed: false },
    },
  );
}

/** The paths of all that another program did. */
export function writtenIn({ displaced, left, takenOut }: Committed): string[] {
  return [...displaced.map((one) => one.path), ...left, ...takenOut];
}

function keptHint({ displaced }: Committed): string {
  return displaced.length === 0 ? '' : 'What lay in its way was kept in .wheelwright/work/displaced. ';
}
