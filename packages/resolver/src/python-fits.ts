// Whether a Python meets a `Requires-Python`. One that cannot be read limits nothing, as installers have it.
import { parseSpecifiers, parseVersion, satisfies } from '@wheelwright/packaging';

const answers = new Map<string, boolean>();

export function pythonFits(requiresPython: string, pythonVersion: string): boolean {
  const key = `${pythonVersion} ${requiresPython}`;
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = decide(requiresPython, pythonVersion);
    if (answers.size > 10_000) answers.clear();
    answers.set(key, answer);
  }
  return answer;
}

function decide(requiresPython: string, pythonVersion: string): boolean {
  const version = parseVersion(pythonVersion);
  try {
    return satisfies(version, parseSpecifiers(requiresPython), { prereleases: true });
  } catch {
    return true;
  }
}

/** Why a distribution is not used: what it requires, and what is there. */
export function describeUnfitPython(requiresPython: string, pythonVersion: string): string {
  return `requires Python ${requiresPython}, this is ${pythonVersion}`;
}
