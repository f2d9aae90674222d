// Reads requirements from pyproject.toml: dependency groups (PEP 735) and the dependencies of the project.
import path from 'node:path';
import { parseProjectTable, type Requirement, resolveDependencyGroup } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { directInputOf, type RequirementInput } from './requirement-inputs.ts';

/** One group and the file that holds it. */
export interface AskedGroup {
  readonly file: string;
  readonly inputs: readonly RequirementInput[];
}

/**
 * The requirements of groups: `NAME` in the project of `workingDir`, `DIR:NAME` in another project.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT if there is no pyproject.toml; PackagingError for an unknown group.
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
        `The request names the group ${name}, and ${file} does not exist.`,
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
  return toInputs(resolveDependencyGroup(groups, name), path.dirname(file), source);
}

function toInputs(requirements: readonly Requirement[], dir: string, source: string): readonly RequirementInput[] {
  return requirements.map((requirement): RequirementInput => {
    if (requirement.url !== undefined) return { ...directInputOf(requirement, dir), source };
    return { kind: 'requirement', requirement, hashes: [], source };
  });
}

/** Whether the name of a requirements file stands for the dependencies of a project. */
export function isProjectFile(file: string): boolean {
  return path.basename(file) === 'pyproject.toml';
}

/**
 * The dependencies of the project of `file` (a pyproject.toml, relative to `workingDir`), without the project itself.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT if the file or its [project] table is missing, or if only a build knows the
 * dependencies; PackagingError for a table that breaks its specification.
 */
export async function readProjectDependencies(file: string, workingDir: string): Promise<AskedGroup> {
  const { readTomlFile } = await import('@wheelwright/pep517');
  const location = path.resolve(workingDir, file);
  const values = readTomlFile(location);
  const project = values === undefined ? undefined : parseProjectTable(values);
  const why =
    values === undefined
      ? 'does not exist'
      : project === undefined
        ? 'has no [project] table'
        : project.dynamic.includes('dependencies')
          ? 'leaves its dependencies to the build'
          : undefined;
  if (why !== undefined)
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${location} ${why}.`, {
      hint: values === undefined ? undefined : `Install the project itself: ${path.dirname(file)}.`,
      data: { path: location },
    });
  return { file: location, inputs: toInputs(project!.dependencies, path.dirname(location), location) };
}
