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

/** Throws what another program did between the decision and its turn, where it did anything. */
export function reportWritten(environmentDir: string, committed: Committed, summary?: ChangeSummary): void {
  const paths = writtenIn(committed);
  if (paths.length === 0) return;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} during the change: ${listed(paths)}.`,
    {
      hint: `The change is done. ${keptHint(committed)}Run \`ww verify\`, and let the other do its work again.`,
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

/** The same of a change that a dead process left and that was finished just now; nothing else was done yet. */
export function reportRecovered(environmentDir: string, committed: Committed): void {
  const paths = writtenIn(committed);
  if (paths.length === 0) return;
  throw new InstallError(
    'INSTALL_ENVIRONMENT_CHANGED',
    `Another program wrote into ${environmentDir} before the change of a dead process was finished: ${listed(paths)}.`,
    {
      hint: `That change is finished now. ${keptHint(committed)}Run the command again.`,
      data: { environmentDir, ...committed, written: paths, committed: false },
    },
  );
}

/** The paths of all that another program did. */
export function writtenIn({ displaced, left, takenOut }: Committed): string[] {
  return [...displaced.map((one) => one.path), ...left, ...takenOut];
}

function keptHint({ displaced }: Committed): string {
  return displaced.length === 0 ? '' : 'What lay in its way was kept in .wheelwright/work/displaced. ';
}
