// Every file of a prefix without generations against the RECORD that names it. Only a venv is searched for unowned files:
// in other prefixes most files are unowned.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { rootName } from '@wheelwright/python';
import { isByteCode, isCacheDir, isInCache } from '../layout/byte-code.ts';
import { within } from '../layout/schemes.ts';
import type { InstalledFile, InstalledOwner } from '../model/types.ts';
import type { VerifyReport } from '../model/verify-report.ts';
import { prefixNeedsRecovery } from '../read/needs-recovery.ts';
import { installerName } from '../read/owner-of.ts';
import type { Prefix } from '../read/prefix.ts';
import { readPrefixState } from '../read/prefix-state.ts';
import { verifyOwners } from './verify-owners.ts';

/** The report on the prefix; byte-code is not compared. */
export function verifyPrefix(prefix: Prefix): VerifyReport {
  const { prefixDir, kind, layout, environmentDir } = prefix;
  const { distributions } = readPrefixState(prefix);
  const locate = (file: string) => path.join(prefixDir, file);
  const problems = verifyOwners({ prefixDir, layout, distributions, locate, isSkipped: isUnkeptByteCode });
  if (kind === 'plain') {
    for (const file of filesBelow(prefixDir, layout.sitePackages)) {
      if (problems.owned.has(file) || isOfUnrecorded(file, distributions)) continue;
      if (!isOfTheVenv(file.slice(layout.sitePackages.length + 1))) problems.report('unowned', file);
    }
  }
  if (prefixNeedsRecovery(environmentDir)) problems.report('unfinished', rootName, installerName);
  return problems.toReport(undefined, distributions.length);
}

/** virtualenv records byte-code that it never made, beside the sources. */
function isUnkeptByteCode({ path: file, sha256 }: InstalledFile): boolean {
  return isByteCode(file) && (sha256 === undefined || isInCache(file));
}

function isOfUnrecorded(file: string, distributions: readonly InstalledOwner[]): boolean {
  return distributions.some(({ distInfoDir, files }) => {
    return files === undefined && (file === distInfoDir || file.startsWith(`${distInfoDir}/`));
  });
}

/** What virtualenv and uv put into site-packages without a RECORD. */
function isOfTheVenv(name: string): boolean {
  return /^(?:_virtualenv\.(?:py|pth)|README\.txt|[^/]*\.virtualenv)$/.test(name);
}

function filesBelow(prefixDir: string, directory: string): string[] {
  return readdirSync(path.join(prefixDir, directory), { withFileTypes: true }).flatMap((entry) => {
    const file = within(directory, entry.name);
    if (!entry.isDirectory()) return [file];
    return isCacheDir(entry.name) ? [] : filesBelow(prefixDir, file);
  });
}
