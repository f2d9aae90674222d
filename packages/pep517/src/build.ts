// Builds one artifact of one source, or returns it from the cache.

import { buildThroughCache } from './build-through-cache.ts';
import { buildUncached } from './build-uncached.ts';
import type { BuildOptions, BuildResult } from './session/build-types.ts';

/**
 * Builds one artifact of the tree or the sdist `sourceDir` and publishes it into `outDir`. On a throw nothing is published,
 * no file of the build is left and no process of it runs. The tree is unchanged (`snapshot`) or as the backend left it
 * (`in-place`). After a crash of this process the hooks end by themselves, and the next build removes their files. With a
 * `cache`, a build whose key and observed inputs equal those of a cached build does not run: the cached artifact is
 * published, byte for byte. Codes: PEP517_…; FSLOCK_TIMEOUT if the tree stays locked; SDIST_…; errors of the provisioner.
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const { cache } = options;
  const started = performance.now();
  const built = cache === undefined ? await buildUncached(options) : await buildThroughCache({ ...options, cache });
  return { ...built, ms: Math.round(performance.now() - started) };
}

/** What {@link buildWheel} and its siblings take: all of a build but its kind. */
export type BuildOneOptions = Omit<BuildOptions, 'kind'>;

/** Builds a wheel of a tree or an sdist; all that {@link build} says holds. */
export async function buildWheel(options: BuildOneOptions): Promise<BuildResult> {
  return await build({ ...options, kind: 'wheel' });
}

/** Builds an sdist of a tree; all that {@link build} says holds. */
export async function buildSdist(options: BuildOneOptions): Promise<BuildResult> {
  return await build({ ...options, kind: 'sdist' });
}

/**
 * Builds an editable wheel (PEP 660) of a tree, in the tree and under its exclusive lock, since it names that place; all
 * else that {@link build} says holds.
 */
export async function buildEditable(options: BuildOneOptions): Promise<BuildResult> {
  return await build({ ...options, kind: 'editable' });
}
