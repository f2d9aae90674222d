// The errors that report what another program wrote into an environment during a change or before its recovery.

import type { CommitResult as Committed } from '@wheelwright/atomic-fs';
import { listed } from '@wheelwright/errors';
import { InstallError } from '../model/install-error.ts';
import { type ChangeSummary, resultOf } from '../plan/change-result.ts';

/** Throws INSTALL_ENVIRONMENT_CHANGED: another program wrote during every attempt. */
export function refuseChanged(environmentDir: string, written: readonly string[]): never {
  throw new InstallError('INSTALL_ENVIRONMENT_CHANGED', `Another program keeps writing into ${environmentDir}.`, {
    hint: 'Nothing was changed. Wait for it to end, then run the command again.',
    data: { environmentDir, written, committed: false },
  });
}

/** Throws INSTALL_ENVIRONMENT_CHANGED if another program wrote between the commit and the placing of the files. */
export function reportWritten(environmentDir: string, committed: Committed, summary?: ChangeSummary): void {
  const paths = writtenIn(committed);
  if (paths.length === 0) return;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${listed(paths)}.`,
    {
      hint: `The change is done. ${displacedHint(committed)}`.trim(),
      data: {
        environmentDir,
        ...committed,
        written: paths,
        committed: true,
        ...(summary && { result: resultOf(summary, undefined, true, []) }),
      },
    },
  );
}

/** The same for a change of a dead process that recovery has just finished; nothing else was done yet. */
export function reportRecovered(environmentDir: string, committed: Committed): void {
  const paths = writtenIn(committed);
  if (paths.length === 0) return;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} before the change of a dead process was finished: ${listed(paths)}.`,
    {
      hint: `That change is finished now. ${displacedHint(committed)}Run the command again.`,
      data: { environmentDir, ...committed, written: paths, committed: false },
    },
  );
}

/** All paths that another program wrote. */
export function writtenIn({ displaced, left, takenOut }: Committed): string[] {
  return [...displaced.map((one) => one.path), ...left, ...takenOut];
}

function displacedHint({ displaced }: Committed): string {
  return displaced.length === 0 ? '' : 'Files that were in its way are in .wheelwright/work/displaced. ';
}
