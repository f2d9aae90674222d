// Every file of an environment against the RECORD that names it, every path against its owners. Reads, changes nothing.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NormalizedName } from '@wheelwright/packaging';
import { generationFileName, isSupportPath } from '@wheelwright/python';
import { carryPrefix } from './carry.ts';
import { readGeneration, readInstalledState } from './installed-state.ts';
import { needsRecovery } from './recover.ts';

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
export function verifyEnvironment(environmentDir: string): VerifyReport {
  const state = readInstalledState(environmentDir);
  const { prefixDir, distributions, layout } = state;
  const problems: VerifyProblem[] = [];
  const owned = new Map<string, NormalizedName[]>();
  const seen = new Set<NormalizedName>();
  for (const owner of distributions) {
    const owners = [owner.name];
    if (seen.has(owner.name)) problems.push({ kind: 'duplicate', path: owner.distInfoDir, owners });
    seen.add(owner.name);
    if (owner.files === undefined) problems.push({ kind: 'no-record', path: owner.distInfoDir, owners });
    for (const { path: file, sha256 } of owner.files ?? []) {
      const others = owned.get(file);
      if (others === undefined) owned.set(file, owners);
      else others.push(owner.name);
      const kind = compare(path.join(prefixDir, file), sha256);
      if (kind !== undefined) problems.push({ kind, path: file, owners });
    }
  }
  for (const [name, hex] of Object.entries(readGeneration(prefixDir)?.support ?? {})) {
    const file = `${layout.sitePackages}/${name}`;
    const kind = compare(path.join(prefixDir, file), Buffer.from(hex, 'hex').toString('base64url'));
    if (kind !== undefined) problems.push({ kind, path: file, owners: ['wheelwright'] });
  }
  for (const file of filesOf(prefixDir)) {
    if (!owned.has(file) && !isOurs(file) && !isWithin(file, distributions)) {
      problems.push({ kind: 'unowned', path: file, owners: [] });
    }
  }
  if (needsRecovery(environmentDir)) problems.push({ kind: 'unfinished', path: '', owners: ['wheelwright'] });
  return { generation: state.generation, distributions: distributions.length, files: owned.size, problems };
}

function compare(file: string, expected: string | undefined): 'missing' | 'modified' | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  if (expected === undefined) return undefined;
  const at = expected.indexOf('=');
  const [algorithm, digest] = at < 0 ? ['sha256', expected] : [expected.slice(0, at), expected.slice(at + 1)];
  if (!found.isFile()) return 'modified';
  return createHash(algorithm).update(readFileSync(file)).digest('base64url') === digest ? undefined : 'modified';
}

function filesOf(prefixDir: string): string[] {
  const nothing = new Set<string>();
  const rules = { drop: nothing, dropDirectories: nothing, laid: nothing, laidDirectories: nothing, roots: nothing };
  return carryPrefix(prefixDir, rules)
    .files.filter(({ directory }) => !directory.endsWith('__pycache__'))
    .flatMap(({ directory, names }) => names.map((name) => (directory === '' ? name : `${directory}/${name}`)));
}

function isOurs(file: string): boolean {
  return (
    isSupportPath(file) ||
    file === generationFileName ||
    file.startsWith('bin/python') ||
    file.startsWith('bin/activate')
  );
}

// A distribution without RECORD owns at least its own directory.
function isWithin(file: string, owners: readonly { readonly distInfoDir: string; readonly files: unknown }[]): boolean {
  return owners.some(({ distInfoDir, files }) => files === undefined && file.startsWith(`${distInfoDir}/`));
}
