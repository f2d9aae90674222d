// One artifact of one source: given back where it was built before, else built.
import { buildAnew } from './build-anew.ts';
import { buildThroughCache } from './build-through-cache.ts';
import type { BuildOptions, BuildResult } from './session/build-types.ts';

/**
 * Builds one artifact of the tree or the sdist `sourceDir` and publishes it into `outDir`. On a throw nothing is
 * published, nothing is left behind and no process of the build runs; the tree is as it was (`snapshot`) or as the
 * backend left it (`in-place`). After a crash of this process the hooks end by themselves and the next build sweeps
 * what is left. With a `cache`, a build whose key and observed inputs are those of one that was kept is not done again:
 * its artifact is published, byte for byte. Codes: PEP517_…; FSLOCK_TIMEOUT where the tree stays locked; SDIST_…;
 * whatever the provisioner throws.
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const { cache } = options;
  const started = performance.now();
  const built = cache === undefined ? await buildAnew(options) : await buildThroughCache({ ...options, cache });
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
