// Every file of an environment against the RECORD that names it, every path against its owners. Reads, changes nothing.
import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { NormalizedName } from '@wheelwright/packaging';
import { isSupportPath } from '@wheelwright/python';
import { carryPrefix } from './carry.ts';
import { hashText, recordDigest } from './hash-file.ts';
import { readGeneration, readInstalledState } from './installed-state.ts';
import { hasGenerations, keptDir, type PrefixOptions, readPrefix } from './prefix.ts';
import { needsRecovery } from './recover.ts';
import { verifyPrefix } from './verify-prefix.ts';
import { lookShared } from './verify-shared.ts';

/** Something that is not as it should be. `path` is relative to the prefix. */
export interface VerifyProblem {
  readonly kind: 'missing' | 'modified' | 'no-record' | 'duplicate' | 'unowned' | 'unfinished';
  readonly path: string;
  readonly owners: readonly string[];
}

/** What was looked at and what was found. */
export interface VerifyReport {
  readonly generation: number | undefined;
  readonly distributions: number;
  readonly files: number;
  readonly problems: readonly VerifyProblem[];
}

/**
 * Compares what lies in the environment with what its RECORDs say: files missing or modified, names installed twice,
 * distributions without RECORD, files of nobody, changes left unfinished. Byte-code is not looked at.
 */
export function verifyEnvironment(environmentDir: string, options: PrefixOptions = {}): VerifyReport {
  if (!hasGenerations(environmentDir)) return verifyPrefix(readPrefix(environmentDir, options));
  const state = readInstalledState(environmentDir);
  const { prefixDir, distributions, layout, generation } = state;
  const shared = lookShared(state);
  const problems = new Map<string, VerifyProblem & { owners: string[] }>();
  const report = (kind: VerifyProblem['kind'], file: string, owner?: string) => {
    const problem = problems.get(`${kind} ${file}`) ?? { kind, path: file, owners: [] };
    if (owner !== undefined) problem.owners.push(owner);
    problems.set(`${kind} ${file}`, problem);
  };
  const owned = new Set<string>();
  const seen = new Set<NormalizedName>();
  for (const { name, distInfoDir, files } of distributions) {
    if (seen.has(name)) report('duplicate', distInfoDir, name);
    seen.add(name);
    if (files === undefined) report('no-record', distInfoDir, name);
    for (const { path: file, sha256 } of files ?? []) {
      owned.add(file);
      if (sha256 === undefined && isByteCode(file)) continue;
      const kind = compareFile(shared.locate(file), sha256);
      if (kind !== undefined) report(kind, file, name);
    }
  }
  for (const [name, hex] of Object.entries(readGeneration(prefixDir)?.support ?? {})) {
    const file = `${layout.sitePackages}/${name}`;
    const kind = compareFile(path.join(prefixDir, file), recordDigest(hex));
    if (kind !== undefined) report(kind, file, 'wheelwright');
  }
  for (const { owner, sha256 } of state.lost ?? []) {
    const file = `${keptDir}/${sha256}`;
    const kind = compareFile(path.join(prefixDir, file), recordDigest(sha256));
    if (kind !== undefined) report(kind, file, owner);
  }
  for (const file of shared.changed) report('modified', file, 'wheelwright');
  for (const file of [...filesOf(prefixDir), ...shared.files]) {
    if (!owned.has(file) && !isSupportPath(file) && !isWithin(file, distributions)) report('unowned', file);
  }
  if (needsRecovery(environmentDir)) report('unfinished', '', 'wheelwright');
  return { generation, distributions: distributions.length, files: owned.size, problems: [...problems.values()] };
}

/** Whether the file lies there with the hash that a RECORD states. */
export function compareFile(file: string, expected: string | undefined): 'missing' | 'modified' | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  if (expected === undefined) return undefined;
  const at = expected.indexOf('=');
  const [algorithm, digest] = at < 0 ? ['sha256', expected] : [expected.slice(0, at), expected.slice(at + 1)];
  return found.isFile() && hashText(file, algorithm) === digest ? undefined : 'modified';
}

/** Byte-code in a RECORD, or a place for it: anybody may remove it, and any interpreter writes it anew. */
export function isByteCode(file: string): boolean {
  return /(?:^|\/)__pycache__(?:\/[^/]*)?$|\.pyc$/.test(file);
}

/** The files of a prefix, without byte-code. */
export function filesOf(prefixDir: string): string[] {
  const nothing = new Set<string>();
  const rules = { drop: nothing, dropDirectories: nothing, laid: nothing, laidDirectories: nothing, roots: nothing };
  return carryPrefix(prefixDir, rules)
    .files.filter(({ directory }) => !directory.endsWith('__pycache__'))
    .flatMap(({ directory, names }) => names.map((name) => (directory === '' ? name : `${directory}/${name}`)));
}

// A distribution without RECORD owns at least its own directory.
function isWithin(file: string, owners: readonly { readonly distInfoDir: string; readonly files: unknown }[]): boolean {
  return owners.some(({ distInfoDir, files }) => files === undefined && file.startsWith(`${distInfoDir}/`));
}
