// Reads what to lock: named requirements, or the project of a directory with its extras and dependency groups.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type NormalizedName,
  parseProjectTable,
  parseVersion,
  projectMetadata,
  type SpecifierSet,
} from '@wheelwright/packaging';
import type { DirectDistribution, SourceOpener } from '../requirements/distribution-source.ts';
import { inputsOfGroup } from '../requirements/read-groups.ts';
import type { RequirementInput } from '../requirements/requirement-inputs.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** The parts of a lock: what every environment installs, and what it installs on request. */
export interface LockSubject {
  readonly base: readonly RequirementInput[];
  /** The requirements that each extra adds, by its normalized name. */
  readonly extras: ReadonlyMap<NormalizedName, readonly RequirementInput[]>;
  /** The requirements that each dependency group (PEP 735) adds, by its name as written. */
  readonly groups: ReadonlyMap<string, readonly RequirementInput[]>;
  readonly requiresPython?: SpecifierSet | undefined;
  /** The project itself. */
  readonly project?: LockedProject | undefined;
}

/** A project to lock. */
export interface LockedProject {
  readonly dir: string;
  readonly name: NormalizedName;
  /** Whether the project itself is installed too: whether it has a build system. */
  readonly isPackage: boolean;
  /** The project as a candidate. It is built only if its requirements are dynamic. */
  open(opener: SourceOpener): Promise<DirectDistribution>;
}

/**
 * The project in `dir`.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT if there is none; Pep517Error and PackagingError for a pyproject.toml that
 * breaks its specification.
 */
export async function readProjectSubject(dir: string): Promise<LockSubject> {
  const { readTomlFile } = await import('@wheelwright/pep517');
  const file = path.join(dir, 'pyproject.toml');
  const values = readTomlFile(file);
  const project = values === undefined ? undefined : parseProjectTable(values);
  const groups = (values?.['dependency-groups'] ?? {}) as Record<string, unknown>;
  if (values === undefined || (project === undefined && Object.keys(groups).length === 0))
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      values === undefined
        ? `${dir} is not a project: it has no pyproject.toml.`
        : `${file} has neither a [project] table nor dependency groups.`,
      { hint: 'Name requirements, or a requirements file with -r.', data: { path: file } },
    );
  return {
    base: [],
    extras: new Map([...(project?.optionalDependencies.keys() ?? [])].map((extra) => [extra, []])),
    groups: new Map(Object.keys(groups).map((name) => [name, inputsOfGroup(groups, name, file)])),
    requiresPython: project?.requiresPython,
    ...(project === undefined
      ? {}
      : {
          project: {
            dir,
            name: project.normalizedName,
            isPackage: values['build-system'] !== undefined,
            async open(opener) {
              const fields = projectMetadata(project);
              const url = pathToFileURL(dir).href;
              if (fields === undefined) return opener.open(projectInput(dir));
              return {
                name: project.normalizedName,
                version: project.version ?? parseVersion('0'),
                metadata: `${fields.map(([name, value]) => `${name}: ${value.replace(/\s+/g, ' ')}`).join('\n')}\n`,
                directUrl: { url, directory: { editable: true } },
                handle: undefined,
              };
            },
          } satisfies LockedProject,
        }),
  };
}

/** A project directory as a direct input that is installed editable. */
export function projectInput(dir: string) {
  return {
    kind: 'direct' as const,
    location: { kind: 'directory' as const, dir },
    extras: [],
    hashes: [],
    editable: true,
    source: dir,
  };
}
