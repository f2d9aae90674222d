// Every file of a generation against the RECORD that names it, and every path against its owners.
import path from 'node:path';
import { isSupportPath, rootName } from '@wheelwright/python';
import { recordDigest } from '../layout/record-hash.ts';
import type { InstalledOwner, InstalledState } from '../model/types.ts';
import type { VerifyReport } from '../model/verify-report.ts';
import { filesOf } from '../read/carry.ts';
import { compareFile } from '../read/compare-file.ts';
import { readGeneration } from '../read/generation-state.ts';
import { losersDir } from '../read/losers.ts';
import { needsRecovery } from '../read/needs-recovery.ts';
import { installerName } from '../read/owner-of.ts';
import { findLostOwners } from './lost-owners.ts';
import { type VerifyProblems, verifyOwners } from './verify-owners.ts';

/** Where the files of a generation are, and what no RECORD says of them. */
export interface GenerationFiles {
  /** The absolute path of a file that is relative to the prefix. */
  locate(file: string): string;
  /** Files that are outside of the prefix and read as part of it; undefined: they are gone, so owners are unknown. */
  readonly outside: readonly string[] | undefined;
  /** Paths that were edited although no RECORD shows it. */
  readonly edited: readonly string[];
}

/** The report on an environment that holds its packages itself. */
export function verifyGeneration(state: InstalledState): VerifyReport {
  const locate = (file: string) => path.join(state.prefixDir, file);
  const problems = compareGeneration(state, { locate, outside: [], edited: [] });
  const unowned = unownedFiles(state, problems, []);
  reportLostOwners(state, problems, unowned);
  return finishReport(state, problems, unowned);
}

/** The problems that the RECORDs, `generation.json` and the index of losers show. */
export function compareGeneration(state: InstalledState, files: GenerationFiles): VerifyProblems {
  const { prefixDir, layout, distributions } = state;
  const isSkipped = () => false;
  const problems = verifyOwners({ prefixDir, layout, distributions, locate: files.locate, isSkipped });
  const compare = (file: string, sha256: string, owner: string) => {
    const kind = compareFile(path.join(prefixDir, file), recordDigest(sha256));
    if (kind !== undefined) problems.report(kind, file, owner);
  };
  const support = readGeneration(prefixDir)?.support ?? {};
  for (const [name, sha256] of Object.entries(support)) {
    compare(`${layout.sitePackages}/${name}`, sha256, installerName);
  }
  for (const { owner, sha256 } of state.losers ?? []) compare(`${losersDir}/${sha256}`, sha256, owner);
  for (const file of files.edited) problems.report('modified', file, installerName);
  return problems;
}

/** The files of the generation, and of `outside`, that no distribution owns. */
export function unownedFiles(
  { prefixDir, distributions }: InstalledState,
  problems: VerifyProblems,
  outside: readonly string[],
): string[] {
  return [...filesOf(prefixDir), ...outside].filter((file) => {
    return !problems.owned.has(file) && !isSupportPath(file) && !isWithin(file, distributions);
  });
}

/** Reports `unowned`, and work that a dead process left. */
export function finishReport(
  { environmentDir, distributions, generation }: InstalledState,
  problems: VerifyProblems,
  unowned: readonly string[],
): VerifyReport {
  for (const file of unowned) if (!problems.owned.has(file)) problems.report('unowned', file);
  if (needsRecovery(environmentDir)) problems.report('unfinished', rootName, installerName);
  return problems.toReport(generation, distributions.length);
}

// A distribution without its dist-info has no RECORD; the files that it had are its own all the same.
function reportLostOwners(state: InstalledState, problems: VerifyProblems, unowned: readonly string[]): void {
  for (const { distribution, files } of findLostOwners(state, unowned)) {
    const { name, version } = distribution;
    problems.report('no-record', `${state.layout.sitePackages}/${name}-${version}.dist-info`, name);
    for (const file of files) problems.owned.add(file);
  }
}

// A distribution without RECORD owns at least its own metadata.
function isWithin(file: string, owners: readonly InstalledOwner[]): boolean {
  return owners.some(({ distInfoDir, files }) => {
    return files === undefined && (file === distInfoDir || file.startsWith(`${distInfoDir}/`));
  });
}
