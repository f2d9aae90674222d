// Compares an environment with what its RECORDs and its own files say. Reads, changes nothing.
import { isCodedError } from '@wheelwright/errors';
import type { PrefixOptions } from '../model/types.ts';
import type { VerifyProblem, VerifyReport } from '../model/verify-report.ts';
import { findEnvironmentFaults } from '../read/environment-faults.ts';
import { installerName } from '../read/owner-of.ts';
import { layoutOf } from './layout-of.ts';

/**
 * Compares every file of the environment at the absolute path `environmentDir` with the RECORD that names it, and reports
 * faults of the environment itself. Byte-code is not compared. Needs no lock: during a change by another process the
 * report can mix two states. An environment that is too damaged to be read reports its own faults only. Throws what
 * `readInstalledState` throws where nothing explains the failure.
 */
export function verifyEnvironment(environmentDir: string, options: PrefixOptions = {}): VerifyReport {
  const faults = options.target === undefined ? (findEnvironmentFaults(environmentDir)?.faults ?? []) : [];
  const problems = faults.map(({ kind, path: file }): VerifyProblem => ({ kind, path: file, owners: [installerName] }));
  try {
    const report = layoutOf(environmentDir, options).verify();
    const known = new Set(problems.map(({ path: file }) => file));
    return { ...report, problems: [...problems, ...report.problems.filter((one) => !known.has(one.path))] };
  } catch (error) {
    if (problems.length === 0 || !isCodedError(error, 'ENVIRONMENT_DAMAGED')) throw error;
    return { generation: undefined, distributions: 0, files: 0, problems };
  }
}
