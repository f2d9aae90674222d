// Distributions whose files are unknown: why, and the refusal to remove or replace them.
import type { DistributionForm } from '@wheelwright/python';
import { InstallError } from '../model/install-error.ts';
import type { InstalledOwner, InstalledState } from '../model/types.ts';

const reasons: Readonly<Record<DistributionForm, string>> = {
  'dist-info': 'it has no readable RECORD',
  'egg-info': 'it is an egg-info with neither RECORD nor installed-files.txt',
  distutils: 'its metadata is a single file, as distutils writes it, which lists no files',
  egg: 'it is an egg of easy_install',
  develop: 'it is a link to a source tree, made by `setup.py develop`',
};

/** Why the files of `owner` are unknown, as a clause that stands after "because". */
export function whyUnknown({ form = 'dist-info' }: Pick<InstalledOwner, 'form'>): string {
  return reasons[form];
}

/** Throws INSTALL_NO_RECORD for `owner`, which should be removed or replaced. */
export function refuseUnrecorded(
  { prefixDir }: InstalledState,
  owner: Pick<InstalledOwner, 'name' | 'version' | 'form' | 'installer' | 'distInfoDir'>,
  isReplaced: boolean,
): never {
  const { name, version, form, installer, distInfoDir } = owner;
  const reason = whyUnknown(owner);
  const by = installer === undefined ? '' : ` (${installer})`;
  const force = isReplaced && form !== 'develop' ? '; or force the new one over it' : '';
  const wayOut =
    form === 'develop'
      ? `Remove it first: pip uninstall ${name}.`
      : `Remove it with the tool that installed it${by}, then try again${force}.`;
  const what = isReplaced ? 'replaced' : 'removed';
  throw new InstallError('INSTALL_NO_RECORD', `${name} ${version} cannot be ${what}: ${reason}.`, {
    hint: `Nothing was changed. ${wayOut}`,
    data: { name, version, reason, form, path: `${prefixDir}/${distInfoDir}` },
  });
}
