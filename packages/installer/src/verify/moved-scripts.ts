// Scripts that start the interpreter of another place, because their environment was moved or copied.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { readHead } from '@wheelwright/atomic-fs';
import type { InstalledState } from '../model/types.ts';
import type { VerifyProblem } from '../model/verify-report.ts';
import { installerName } from '../read/owner-of.ts';

/** Enough bytes for the first lines of a script. */
const headLength = 4096;

/**
 * Scripts that this installer wrote and that do not name the environment's own interpreter. Each is whole by its RECORD,
 * so that comparing hashes does not find it. An interpreter outside of any environment is not looked for.
 */
export function findMovedScripts({ environmentDir, prefixDir, distributions }: InstalledState): VerifyProblem[] {
  if (!existsSync(path.join(environmentDir, 'pyvenv.cfg'))) return [];
  const places = new Set([environmentDir, realpathSync(environmentDir)]);
  const own = distributions.filter(({ installer }) => installer === installerName);
  return own.flatMap(({ name, files = [] }) =>
    files
      .filter(({ path: file }) => /^bin\/[^/]+$/.test(file))
      .filter(({ path: file }) => {
        const place = placeOf(readHead(path.join(prefixDir, file), headLength));
        return place !== undefined && !places.has(place) && !leadsTo(place, environmentDir);
      })
      .map(({ path: file }) => ({ kind: 'modified' as const, path: file, owners: [name] })),
  );
}

/** `X` of a first line `#!X/bin/python`, in either form of a script. */
function placeOf(head: string | undefined): string | undefined {
  return /^#!(?:\/bin\/sh\n'''exec' )?["']?(\/[^\n"']*)\/bin\/python[\d.]*["' \n]/.exec(head ?? '')?.[1];
}

function leadsTo(place: string, environmentDir: string): boolean {
  return existsSync(place) && realpathSync(place) === realpathSync(environmentDir);
}
