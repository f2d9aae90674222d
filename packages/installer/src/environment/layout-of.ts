// Chooses the layout of an environment. Nothing else in this package asks the disk which layout an environment has:
// every other module calls the value that `layoutOf` returns.
import { lstatSync } from 'node:fs';
import { environmentPaths, tryParseGeneration } from '@wheelwright/python';
import { ownLayout } from '../generation/own-layout.ts';
import { inPlaceLayout } from '../in-place/in-place-layout.ts';
import { InstallError } from '../model/install-error.ts';
import type { PrefixOptions } from '../model/types.ts';
import type { EnvironmentLayout, LayoutName, MakeLayout } from '../plan/environment-layout.ts';
import { sharedLayout } from '../shared/shared-layout.ts';

const makers: Readonly<Record<LayoutName, MakeLayout>> = {
  own: ownLayout,
  shared: sharedLayout,
  'in-place': inPlaceLayout,
};

/**
 * The layout of the environment at the absolute path `environmentDir`. Reads the marker and the current generation only,
 * so a damaged environment has a layout too. The answer can change until the caller holds the environment's lock and has
 * recovered it. Throws INSTALL_UNSUPPORTED_ENVIRONMENT for a target directory that is an environment with generations.
 */
export function layoutOf(environmentDir: string, options: PrefixOptions = {}): EnvironmentLayout {
  const make = makers[layoutName(environmentDir, options)];
  return make(environmentDir, options);
}

function layoutName(environmentDir: string, { target }: PrefixOptions): LayoutName {
  const { format, current } = environmentPaths(environmentDir);
  if (lstatSync(format, { throwIfNoEntry: false }) === undefined) return 'in-place';
  if (target !== undefined) refuseTarget(environmentDir);
  return tryParseGeneration(current)?.shared === undefined ? 'own' : 'shared';
}

function refuseTarget(environmentDir: string): never {
  throw new InstallError(
    'INSTALL_UNSUPPORTED_ENVIRONMENT',
    `${environmentDir} is an environment with generations, and no target directory.`,
    {
      hint: 'Install into it as an environment, or name another target directory.',
      data: { environmentDir, kind: 'own' },
    },
  );
}
