// Every file of an environment against the RECORD that names it, every path against its owners. Reads, changes nothing.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import type { NormalizedName } from '@wheelwright/packaging';
import { isSupportPath, rootName } from '@wheelwright/python';
import { recordDigest } from '../layout/record-hash.ts';
import type { InstalledState, PrefixOptions } from '../model/types.ts';
import { filesOf } from '../read/carry.ts';
import { compareFile, isByteCode, isLameScript, linkFinder } from '../read/compare-file.ts';
import { findEnvironmentFaults } from '../read/environment-faults.ts';
import { readGeneration, readInstalledState } from '../read/installed-state.ts';
import { installerName } from '../read/owner-of.ts';
import { hasGenerations, keptDir, readPrefix } from '../read/prefix.ts';
import { needsRecovery } from '../recover/recover.ts';
import { findLostOwners } from './lost-owners.ts';
import { verifyPrefix } from './verify-prefix.ts';
import type { VerifyProblem, VerifyReport } from './verify-report.ts';
import { lookShared } from './verify-shared.ts';

/**
 * Compares what lies in the environment with what its RECORDs say: files missing or modified, names installed twice,
 * distributions without RECORD, files of nobody, changes left unfinished; and what the environment itself consists of.
 * Byte-code is not looked at. Where it is too damaged to be read, that alone is reported.
 */
export function verifyEnvironment(environmentDir: string, options: PrefixOptions = {}): VerifyReport {
  const faults = options.target === undefined ? (findEnvironmentFaults(environmentDir)?.faults ?? []) : [];
  const problems = faults.map(({ kind, path: file }): VerifyProblem => ({ kind, path: file, owners: [installerName] }));
  try {
    const report = hasGenerations(environmentDir)
      ? verifyGeneration(readInstalledState(environmentDir))
      : verifyPrefix(readPrefix(environmentDir, options));
    const known = new Set(problems.map(({ path: file }) => file));
    return { ...report, problems: [...problems, ...report.problems.filter((one) => !known.has(one.path))] };
  } catch (error) {
    if (problems.length === 0 || !isCodedError(error, 'ENVIRONMENT_DAMAGED')) throw error;
    return { generation: undefined, distributions: 0, files: 0, problems };
  }
}

function verifyGeneration(state: InstalledState): VerifyReport {
  const { environmentDir, prefixDir, distributions, layout, generation } = state;
  const shared = lookShared(state);
  const problems = new Map<string, VerifyProblem & { owners: string[] }>();
  const report = (kind: VerifyProblem['kind'], file: string, owner?: string) => {
    const problem = problems.get(`${kind} ${file}`) ?? { kind, path: file, owners: [] };
    if (owner !== undefined && !problem.owners.includes(owner)) problem.owners.push(owner);
    problems.set(`${kind} ${file}`, problem);
  };
  const owned = new Set<string>();
  const seen = new Set<NormalizedName>();
  const linkTo = linkFinder(prefixDir, layout.sitePackages);
  for (const { name, distInfoDir, files, installer } of distributions) {
    if (seen.has(name)) report('duplicate', distInfoDir, name);
    seen.add(name);
    if (files === undefined) report('no-record', distInfoDir, name);
    for (const { path: file, sha256 } of files ?? []) {
      owned.add(file);
      if (sha256 === undefined && isByteCode(file)) continue;
      const at = shared.locate(file);
      const kind = compareFile(at, sha256);
      const link = linkTo(file);
      if (link !== undefined) report('modified', link, name);
      else if (kind !== undefined) report(kind, file, name);
      else if (installer === installerName && file.startsWith(`${layout.scripts}/`) && isLameScript(at))
        report('modified', file, name);
    }
  }
  const stated = readGeneration(prefixDir);
  for (const [name, hex] of Object.entries(stated?.support ?? {})) {
    const file = `${layout.sitePackages}/${name}`;
    const kind = compareFile(path.join(prefixDir, file), recordDigest(hex));
    if (kind !== undefined) report(kind, file, installerName);
  }
  for (const { owner, sha256 } of state.lost ?? []) {
    const file = `${keptDir}/${sha256}`;
    const kind = compareFile(path.join(prefixDir, file), recordDigest(sha256));
    if (kind !== undefined) report(kind, file, owner);
  }
  for (const file of shared.changed) report('modified', file, installerName);
  // Whose its own files are, what is shared would say.
  const lostDir = state.shared?.dir !== undefined && !existsSync(state.shared.dir) ? state.shared.dir : undefined;
  if (lostDir !== undefined) report('missing', lostDir, installerName);
  const there = lostDir === undefined ? [...filesOf(prefixDir), ...shared.files] : [];
  const unowned = there.filter((file) => {
    return !owned.has(file) && !isSupportPath(file) && !isWithin(file, distributions);
  });
  const lost = findLostOwners(state, unowned);
  for (const { distribution, files } of lost) {
    report(
      'no-record',
      `${layout.sitePackages}/${distribution.name}-${distribution.version}.dist-info`,
      distribution.name,
    );
    for (const file of files) owned.add(file);
  }
  for (const file of unowned) if (!owned.has(file)) report('unowned', file);
  if (needsRecovery(environmentDir)) report('unfinished', rootName, installerName);
  return { generation, distributions: distributions.length, files: owned.size, problems: [...problems.values()] };
}

// A distribution without RECORD owns at least its own metadata.
function isWithin(file: string, owners: readonly { readonly distInfoDir: string; readonly files: unknown }[]): boolean {
  return owners.some(({ distInfoDir, files }) => {
    return files === undefined && (file === distInfoDir || file.startsWith(`${distInfoDir}/`));
  });
}
