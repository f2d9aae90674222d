// What another program, running as root, wrote into packages that environments share. No mode prevents it, so it is found
// by comparing, undone and reported. Nothing of it is kept: it was in every environment that leads there.
import path from 'node:path';
import { environmentPaths, listDistributions } from '@wheelwright/python';
import type { InstalledState, Named, SharedWrites } from '../model/types.ts';
import { readGeneration, readSharedState } from '../read/generation-state.ts';
import { changedDirectories } from '../read/shared-manifest.ts';
import { inspectShared } from './shared-generations.ts';

/**
 * What another program wrote into the packages that the environment at the absolute path `environmentDir` shares. Undefined:
 * nothing, or the environment shares nothing. Needs no lock, changes nothing.
 */
export function findSharedWrites(environmentDir: string): SharedWrites | undefined {
  const dir = readGeneration(environmentPaths(environmentDir).current)?.shared?.dir;
  if (dir === undefined || inspectShared(dir) !== 'changed') return undefined;
  return sharedWrites(readSharedState(environmentDir));
}

/** The same for a state whose shared generation is known to be changed. */
export function sharedWrites({ environmentDir, prefixDir, layout, shared }: InstalledState): SharedWrites {
  const dir = shared?.dir ?? prefixDir;
  const wanted = readGeneration(prefixDir)?.distributions ?? [];
  const present = listDistributions(path.join(prefixDir, layout.sitePackages));
  return {
    environmentDir,
    path: dir,
    directories: changedDirectories(dir),
    written: without(present, wanted),
    taken: without(wanted, present),
  };
}

function without(some: readonly Named[], others: readonly Named[]): Named[] {
  const present = new Set(others.map(({ name, version }) => `${name} ${version}`));
  return some
    .filter(({ name, version }) => !present.has(`${name} ${version}`))
    .map(({ name, version }) => ({ name, version }));
}
