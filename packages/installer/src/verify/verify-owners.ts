// The comparison that every layout makes: each file that a RECORD names against the hash that the RECORD states.
import { lookAtEntry } from '@wheelwright/atomic-fs';
import { isScriptFile } from '@wheelwright/python';
import { isByteCode } from '../layout/byte-code.ts';
import type { InstalledFile, InstalledOwner, SchemeLayout } from '../model/types.ts';
import type { VerifyProblem, VerifyReport } from '../model/verify-report.ts';
import { compareFile, linkFinder } from '../read/compare-file.ts';
import { installerName } from '../read/owner-of.ts';

/** What a layout gives to the comparison. */
export interface VerifySubject {
  readonly prefixDir: string;
  readonly layout: SchemeLayout;
  readonly distributions: readonly InstalledOwner[];
  /** The absolute path of a file that is relative to the prefix. */
  locate(file: string): string;
  /** Whether the file does not count as one of the distribution's. */
  isSkipped(file: InstalledFile): boolean;
}

/** The problems found so far, one for each kind and path. */
export class VerifyProblems {
  /** The files that distributions own, relative to the prefix. */
  readonly owned = new Set<string>();
  readonly #problems = new Map<string, VerifyProblem & { owners: string[] }>();

  /** Adds a problem, or `owner` to the same problem. */
  report(kind: VerifyProblem['kind'], path: string, owner?: string): void {
    const key = `${kind} ${path}`;
    const problem = this.#problems.get(key) ?? { kind, path, owners: [] };
    if (owner !== undefined && !problem.owners.includes(owner)) problem.owners.push(owner);
    this.#problems.set(key, problem);
  }

  /** The report on an environment with `distributions` distributions. */
  toReport(generation: number | undefined, distributions: number): VerifyReport {
    return { generation, distributions, files: this.owned.size, problems: [...this.#problems.values()] };
  }
}

/** Compares what the distributions of `subject` own. */
export function verifyOwners(subject: VerifySubject): VerifyProblems {
  const problems = new VerifyProblems();
  const seen = new Set<string>();
  const linkTo = linkFinder(subject.prefixDir, subject.layout.sitePackages);
  for (const owner of subject.distributions) {
    const { name, distInfoDir, files } = owner;
    if (seen.has(name)) problems.report('duplicate', distInfoDir, name);
    seen.add(name);
    if (files === undefined) problems.report('no-record', distInfoDir, name);
    for (const file of files ?? []) {
      if (subject.isSkipped(file)) continue;
      problems.owned.add(file.path);
      // Any interpreter may write or remove byte-code, and installers record it without a hash.
      if (file.sha256 === undefined && isByteCode(file.path)) continue;
      const at = subject.locate(file.path);
      const link = linkTo(file.path);
      const kind = compareFile(at, file.sha256);
      if (link !== undefined) problems.report('modified', link, name);
      else if (kind !== undefined) problems.report(kind, file.path, name);
      else if (isOurScript(owner, file, subject.layout) && cannotStart(at))
        problems.report('modified', file.path, name);
    }
  }
  return problems;
}

function isOurScript({ installer }: InstalledOwner, { path }: InstalledFile, { scripts }: SchemeLayout): boolean {
  return installer === installerName && path.startsWith(`${scripts}/`);
}

/** Whether the file is a script that no user may start. pip installs such scripts where the wheel has no mode for them. */
function cannotStart(file: string): boolean {
  const found = lookAtEntry(file);
  if (found?.isFile() !== true || (found.mode & 0o111) !== 0) return false;
  return isScriptFile(file);
}
