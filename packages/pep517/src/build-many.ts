// Runs many builds: of several trees, kinds and Pythons. They share one limit on running hooks, and each environment imports
// its backend once. A failed build does not stop the others.
import { build } from './build.ts';
import { createJobSlots } from './runner/job-slots.ts';
import { createRunnerPool } from './runner/runner-pool.ts';
import type { BuildEvent, BuildOptions, BuildResult } from './session/build-types.ts';

/** The options that all builds of one run share. */
export type SharedBuildOptions = Required<Pick<BuildOptions, 'slots' | 'runners'>>;

/** Builds that belong together. It may call `build` several times, one after another, and use earlier results. */
export type BuildWork<T> = (shared: SharedBuildOptions) => Promise<T>;

/** Options of a run. */
export interface BuildManyOptions {
  /** How many hooks run at once. */
  readonly jobs: number;
  /** Receives each event with the index of its build in the list. */
  readonly onEvent?: ((index: number, event: BuildEvent) => void) | undefined;
}

/** How many builds may copy, wait or be checked while the hooks of others run. Each has open files and a directory. */
const besides = 2;

/** Runs all builds and returns how each ended, in the order of the list. A failed build does not throw. */
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

/** Runs groups of builds, such as an sdist and the wheel from it, and returns how each group ended. */
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
