// Dependency groups (PEP 735) that are asked for by name.
import path from 'node:path';
import { resolveDependencyGroup } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { directInputOf, type RequirementInput } from './requirement-inputs.ts';

/** One group and the file that holds it. */
export interface AskedGroup {
  readonly file: string;
  readonly inputs: readonly RequirementInput[];
}

/**
 * The requirements of groups: `NAME` of the project in `workingDir`, `DIR:NAME` of another one.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT where there is no pyproject.toml; PackagingError for an unknown group.
 */
export async function readGroups(asked: readonly string[], workingDir: string): Promise<readonly AskedGroup[]> {
  if (asked.length === 0) return [];
  const { readTomlFile } = await import('@wheelwright/pep517');
  return asked.map((text) => {
    const at = text.lastIndexOf(':');
    const [place, name] = at < 0 ? ['.', text] : [text.slice(0, at), text.slice(at + 1)];
    const resolved = path.resolve(workingDir, place);
    const file = resolved.endsWith('.toml') ? resolved : path.join(resolved, 'pyproject.toml');
    const values = readTomlFile(file);
    if (values === undefined)
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `The group ${name} is asked for, and ${file} does not exist.`,
        {
          data: { path: file, group: name },
        },
      );
    return { file, inputs: inputsOfGroup(values['dependency-groups'] ?? {}, name, file) };
  });
}

/** The requirements of one group of a parsed pyproject.toml. */
export function inputsOfGroup(groups: unknown, name: string, file: string): readonly RequirementInput[] {
  const source = `the group ${name} of ${file}`;
  return resolveDependencyGroup(groups, name).map((requirement): RequirementInput => {
    if (requirement.url !== undefined) return { ...directInputOf(requirement, path.dirname(file)), source };
    return { kind: 'requirement', requirement, hashes: [], source };
  });
}
