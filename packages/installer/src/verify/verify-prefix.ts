// Every file of a prefix without generations against the RECORD that names it. Files of nobody are told only of a venv:
// in other prefixes most are.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { rootName } from '@wheelwright/python';
import { within } from '../layout/schemes.ts';
import { compareFile, isByteCode, isLameScript, linkFinder } from '../read/compare-file.ts';
import { installerName } from '../read/owner-of.ts';
import type { Prefix } from '../read/prefix.ts';
import { readPrefixState } from '../read/prefix-state.ts';
import { prefixNeedsRecovery } from '../recover/recover-prefix.ts';
import type { VerifyProblem, VerifyReport } from './verify-report.ts';

/** The report on the prefix; byte-code is not looked at. */
export function verifyPrefix(prefix: Prefix): VerifyReport {
  const { prefixDir, kind, layout, environmentDir } = prefix;
  const { distributions } = readPrefixState(prefix);
  const problems = new Map<string, VerifyProblem & { owners: string[] }>();
  const report = (found: VerifyProblem['kind'], file: string, owner?: string) => {
    const problem = problems.get(`${found} ${file}`) ?? { kind: found, path: file, owners: [] };
    if (owner !== undefined && !problem.owners.includes(owner)) problem.owners.push(owner);
    problems.set(`${found} ${file}`, problem);
  };
  const owned = new Set<string>();
  const seen = new Set<string>();
  const unrecorded: string[] = [];
  const linkTo = linkFinder(prefixDir, layout.sitePackages);
  for (const { name, distInfoDir, files, installer } of distributions) {
    if (seen.has(name)) report('duplicate', distInfoDir, name);
    seen.add(name);
    if (files === undefined) {
      report('no-record', distInfoDir, name);
      unrecorded.push(distInfoDir);
    }
    for (const { path: file, sha256 } of files ?? []) {
      // virtualenv records byte-code that it never made, beside the sources.
      if (isByteCode(file) && (sha256 === undefined || file.includes('__pycache__/'))) continue;
      owned.add(file);
      const at = path.join(prefixDir, file);
      const problem = compareFile(at, sha256);
      const link = linkTo(file);
      if (link !== undefined) report('modified', link, name);
      else if (problem !== undefined) report(problem, file, name);
      else if (installer === installerName && file.startsWith(`${layout.scripts}/`) && isLameScript(at))
        report('modified', file, name);
    }
  }
  if (kind === 'plain') {
    for (const file of filesBelow(prefixDir, layout.sitePackages)) {
      const known = owned.has(file) || unrecorded.some((at) => file === at || file.startsWith(`${at}/`));
      if (!known && !isOfTheVenv(file.slice(layout.sitePackages.length + 1))) report('unowned', file);
    }
  }
  if (prefixNeedsRecovery(environmentDir)) report('unfinished', rootName, 'wheelwright');
  return {
    generation: undefined,
    distributions: distributions.length,
    files: owned.size,
    problems: [...problems.values()],
  };
}

/** What virtualenv and uv put there without a RECORD. */
function isOfTheVenv(name: string): boolean {
  return /^(?:_virtualenv\.(?:py|pth)|README\.txt|[^/]*\.virtualenv)$/.test(name);
}

function filesBelow(prefixDir: string, directory: string): string[] {
  return readdirSync(path.join(prefixDir, directory), { withFileTypes: true }).flatMap((entry) => {
    const file = within(directory, entry.name);
    if (!entry.isDirectory()) return [file];
    return entry.name === '__pycache__' ? [] : filesBelow(prefixDir, file);
  });
}
