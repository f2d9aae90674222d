// Step 3 of a change: the staged generation is tried in a shadow prefix before anybody can see it. Whatever a check
// does, the generation is afterwards as it was, or the change is refused.

import { type Durability, type Fs, syncTree } from '@wheelwright/atomic-fs';
import { ignoreFailure, listed } from '@wheelwright/errors';
import { InstallError } from '../model/install-error.ts';
import type { WheelTree } from '../model/types.ts';
import { makeShadow, removeShadow, type ShadowPrefix } from './shadow-generation.ts';
import { pictureOf, tidyStaged } from './tree-picture.ts';

/** What a check gets to see. */
export interface StagedEnvironment {
  readonly environmentDir: string;
  /** Undefined where the environment is changed in place. */
  readonly generation: number | undefined;
  /** The whole content: the generation that would become current, or the shadow of a prefix that is changed in place. */
  readonly stagedDir: string;
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
  const { environmentDir, stagedDir: generationDir } = staged;
  const before = pictureOf(generationDir);
  try {
    // crash here: the shadow lies in staging/, which recovery removes with the generation.
    const shadow = makeShadow(environmentDir, generationDir, fs);
    await runCheck(check, { ...staged, shadow }, signal);
  } finally {
    ignoreFailure(() => removeShadow(environmentDir, fs));
  }
  const { changed, removed } = tidyStaged(generationDir, before, fs);
  if (changed.length > 0) {
    throw refuseEdit(environmentDir, changed, {
      hint: 'Nothing was changed here, but the store shares these files: run `ww cache verify`.',
    });
  }
  if (removed && durability === 'full') syncTree(generationDir, { fs });
}

/** Throws INSTALL_CHECK_FAILED where `check` throws, unless that is because `signal` ended it: the caller looks. */
export async function runCheck(
  check: CheckStaged,
  staged: StagedEnvironment,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await check(staged);
  } catch (cause) {
    if (!signal?.aborted) throw refuse(staged.environmentDir, cause);
  }
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

/** The error for a check that edited what it was to look at. */
export function refuseEdit(
  environmentDir: string,
  changed: readonly string[],
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): InstallError {
  return new InstallError(
    'INSTALL_CHECK_FAILED',
    `The check of ${environmentDir} wrote into installed files: ${listed(changed)}.`,
    {
      hint,
      cause,
      data: { environmentDir, changed, committed: false },
    },
  );
}
