// Step 3 of a change: the staged generation is tried in a shadow prefix before anybody can see it. Whatever a check
// does, the generation is afterwards as it was, or the change is refused.
import { type Durability, type Fs, syncTree } from '@wheelwright/atomic-fs';
import { InstallError } from './install-error.ts';
import { quietly } from './quietly.ts';
import { makeShadow, removeShadow, type ShadowPrefix } from './shadow-prefix.ts';
import { pictureOf, tidyStaged } from './staged-guard.ts';
import type { WheelTree } from './types.ts';

/** What a check gets to see. */
export interface StagedEnvironment {
  readonly environmentDir: string;
  readonly generation: number;
  /** The prefix that would become current. */
  readonly generationDir: string;
  readonly sitePackagesDir: string;
  /** The wheels that are new in it. */
  readonly added: readonly WheelTree[];
  /** Where it can be tried: an environment of its own for as long as the check runs. */
  readonly shadow: ShadowPrefix;
  /** The descriptor of the environment's lock: a child that inherits it keeps others out until it has ended. */
  readonly lockFd: number | undefined;
}

/** Looks at a staged environment; a throw undoes the change. */
export type CheckStaged = (staged: StagedEnvironment) => Promise<void>;

export interface RunCheckOptions {
  readonly fs: Fs;
  readonly durability: Durability;
  readonly signal: AbortSignal | undefined;
}

/** Runs `check` on what was staged. Throws INSTALL_CHECK_FAILED; what the check threw is its cause. */
export async function checkStaged(
  check: CheckStaged,
  staged: Omit<StagedEnvironment, 'shadow'>,
  { fs, durability, signal }: RunCheckOptions,
): Promise<void> {
  const { environmentDir, generationDir } = staged;
  const before = pictureOf(generationDir);
  try {
    // crash here: the shadow lies in staging/, which recovery removes with the generation.
    const shadow = makeShadow(environmentDir, generationDir, fs);
    try {
      await check({ ...staged, shadow });
    } catch (cause) {
      if (!signal?.aborted) throw refuse(environmentDir, cause);
    }
  } finally {
    quietly(() => removeShadow(environmentDir, fs));
  }
  const { changed, removed } = tidyStaged(generationDir, before, fs);
  if (changed.length > 0) throw refuseEdit(environmentDir, changed);
  if (removed && durability === 'full') syncTree(generationDir, { fs });
}

function refuse(environmentDir: string, cause: unknown): InstallError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const data = cause instanceof InstallError ? cause.data : {};
  return new InstallError('INSTALL_CHECK_FAILED', `What ${environmentDir} would become failed its check: ${why}`, {
    hint: 'Nothing was changed.',
    cause,
    data: { ...data, environmentDir, committed: false },
  });
}

function refuseEdit(environmentDir: string, changed: readonly string[]): InstallError {
  const some =
    changed.length <= 3 ? changed.join(', ') : `${changed.slice(0, 3).join(', ')} and ${changed.length - 3} more`;
  return new InstallError(
    'INSTALL_CHECK_FAILED',
    `The check of ${environmentDir} wrote into installed files: ${some}.`,
    {
      hint: 'The change was refused. Generations that have these files share them: run `ww verify`, and `ww repair`.',
      data: { environmentDir, changed, committed: false },
    },
  );
}
