// Many builds in one run: trees, kinds, Pythons. One limit on the hooks that run at once, one import of a backend per
// environment; a failure of one is no failure of the others.
import { build } from './build.ts';
import { createJobSlots } from './runner/job-slots.ts';
import { createRunnerPool } from './runner/runner-pool.ts';
import type { BuildEvent, BuildOptions, BuildResult } from './session/build-types.ts';

/** What the builds of one run have in common: part of the options of each. */
export type SharedBuildOptions = Required<Pick<BuildOptions, 'slots' | 'runners'>>;

/** One after another what belongs together: `build` may be called several times, with what an earlier one gave. */
export type BuildWork<T> = (shared: SharedBuildOptions) => Promise<T>;

/** How many builds are run together. */
export interface BuildManyOptions {
  /** How many hooks run at once. */
  readonly jobs: number;
  /** The build's place in the list, and what happens in it. */
  readonly onEvent?: ((index: number, event: BuildEvent) => void) | undefined;
}

/** How many builds copy, wait or are checked beside those whose hooks run: each has open files and a directory. */
const besides = 2;

/** Builds all of them; gives how each ended, in the order of the list. Never throws for a build. */
export function buildMany(
  builds: readonly BuildOptions[],
  options: BuildManyOptions,
): Promise<PromiseSettledResult<BuildResult>[]> {
  const works = builds.map((each, index) => (shared: SharedBuildOptions) => {
    const onEvent = (event: BuildEvent) => {
      each.onEvent?.(event);
      options.onEvent?.(index, event);
    };
    return build({ ...shared, ...each, onEvent });
  });
  return runBuilds(works, options);
}

/** The same for works that are more than one build each: an sdist and the wheel from it. */
export async function runBuilds<T>(
  works: readonly BuildWork<T>[],
  { jobs }: Pick<BuildManyOptions, 'jobs'>,
): Promise<PromiseSettledResult<T>[]> {
  const places = createJobSlots(jobs + besides);
  const runners = createRunnerPool();
  const shared = { slots: createJobSlots(jobs), runners };
  try {
    return await Promise.allSettled(works.map((work) => places.run(() => work(shared))));
  } finally {
    await runners.close();
  }
}
