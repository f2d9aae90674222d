// Many builds in one run: trees, kinds, Pythons. One limit on the hooks that run at once, one import of a backend per
// environment; a failure of one is no failure of the others.
import { build } from './build.ts';
import type { BuildEvent, BuildOptions, BuildResult } from './build-types.ts';
import { createJobSlots } from './job-slots.ts';
import { createRunnerPool } from './runner-pool.ts';

export interface BuildManyOptions {
  /** How many hooks run at once. */
  readonly jobs: number;
  /** The build's place in the list, and what happens in it. */
  readonly onEvent?: ((index: number, event: BuildEvent) => void) | undefined;
}

/** Builds all of them; gives how each ended, in the order of the list. Never throws for a build. */
export async function buildMany(
  builds: readonly BuildOptions[],
  options: BuildManyOptions,
): Promise<PromiseSettledResult<BuildResult>[]> {
  const slots = createJobSlots(options.jobs);
  const runners = createRunnerPool();
  try {
    return await Promise.allSettled(
      builds.map((each, index) =>
        build({
          slots,
          runners,
          ...each,
          onEvent(event) {
            each.onEvent?.(event);
            options.onEvent?.(index, event);
          },
        }),
      ),
    );
  } finally {
    await runners.close();
  }
}
