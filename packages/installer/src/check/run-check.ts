// Runs a check; the errors of a check that fails, and of one that edits installed files.
import { listed } from '@wheelwright/errors';
import { InstallError } from '../model/install-error.ts';
import type { CheckStaged, StagedEnvironment } from '../model/ports.ts';

/** Throws INSTALL_CHECK_FAILED where `check` throws, unless `signal` was aborted: the caller tests for that. */
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
  return new InstallError('INSTALL_CHECK_FAILED', `The check of ${environmentDir} failed: ${why}`, {
    hint: 'Nothing was changed.',
    cause,
    data: { ...data, environmentDir, committed: false },
  });
}

/** The error for a check that changed or removed the installed files `changed`. */
export function refuseEdit(environmentDir: string, changed: readonly string[], cause?: unknown): InstallError {
  return new InstallError(
    'INSTALL_CHECK_FAILED',
    `The check of ${environmentDir} changed installed files: ${listed(changed)}.`,
    {
      hint: 'Nothing was changed. A check may add files, which are removed with it; it must not change others.',
      cause,
      data: { environmentDir, changed, committed: false },
    },
  );
}
