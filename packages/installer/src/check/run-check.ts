// A check run, and the errors of one that fails or that edits what it was to look at.
import { listed } from '@wheelwright/errors';
import { InstallError } from '../model/install-error.ts';
import type { CheckStaged, StagedEnvironment } from '../model/ports.ts';

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

/** The error for a check that changed or removed `changed`, files of what it was to look at; the paths are for people. */
export function refuseEdit(environmentDir: string, changed: readonly string[], cause?: unknown): InstallError {
  return new InstallError(
    'INSTALL_CHECK_FAILED',
    `The check of ${environmentDir} changed installed files: ${listed(changed)}.`,
    {
      hint: 'Nothing was changed: a check may add files, which go away with it, and must leave the others as they are.',
      cause,
      data: { environmentDir, changed, committed: false },
    },
  );
}
