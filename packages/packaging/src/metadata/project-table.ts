// The table `[project]` of pyproject.toml: the metadata that a project states without being built (specification
// "pyproject.toml", PEP 621), and what core metadata follows from it. Parsing TOML is the caller's.

import { parseMarker } from '../markers/marker.ts';
import { andMarkers } from '../markers/marker-algebra.ts';
import { isValidName, type NormalizedName, normalizeName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { formatRequirement, parseRequirement, type Requirement } from '../requirements/requirement.ts';
import { TableReader } from '../table.ts';
import { formatSpecifiers, parseSpecifiers, type SpecifierSet } from '../versions/specifier.ts';
import { parseVersion, type Version } from '../versions/version.ts';

/** The static metadata of a project, as far as resolving and installing need it. */
export interface ProjectTable {
  /** The name as written. */
  readonly name: string;
  /** The name, normalized. */
  readonly normalizedName: NormalizedName;
  /** The version; undefined where it is dynamic. */
  readonly version?: Version | undefined;
  /** A summary of one line. */
  readonly description?: string | undefined;
  /** The Python versions that the project supports. */
  readonly requiresPython?: SpecifierSet | undefined;
  /** What the project requires. */
  readonly dependencies: readonly Requirement[];
  /** What each extra requires beside, by the normalized name of the extra, in the order of the table. */
  readonly optionalDependencies: ReadonlyMap<NormalizedName, readonly Requirement[]>;
  /** Scripts by name: `[project.scripts]`. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Keys whose values only a build gives, as written: `version`, `dependencies`, …. */
  readonly dynamic: readonly string[];
}

const fieldsOfKeys: Readonly<Record<string, readonly string[]>> = {
  version: ['Version'],
  description: ['Summary'],
  readme: ['Description', 'Description-Content-Type'],
  'requires-python': ['Requires-Python'],
  license: ['License', 'License-Expression'],
  'license-files': ['License-File'],
  authors: ['Author', 'Author-Email'],
  maintainers: ['Maintainer', 'Maintainer-Email'],
  keywords: ['Keywords'],
  classifiers: ['Classifier'],
  urls: ['Project-URL'],
  dependencies: ['Requires-Dist'],
  'optional-dependencies': ['Requires-Dist', 'Provides-Extra'],
  'import-names': ['Import-Name'],
  'import-namespaces': ['Import-Namespace'],
  scripts: [],
  'gui-scripts': [],
  'entry-points': [],
};

/**
 * The table `[project]` of a parsed pyproject.toml; undefined where there is none. Throws `PACKAGING_INVALID_PROJECT` with
 * the key in `data.where`: for a missing name, a version that is neither stated nor dynamic, a key that is both stated and
 * dynamic, or a value that breaks its specification.
 */
export function parseProjectTable(pyproject: unknown): ProjectTable | undefined {
  const table = new TableReader(pyproject, '', invalid).table('project');
  if (table === undefined) return undefined;
  const name = table.requiredString('name');
  if (!isValidName(name)) throw table.refuse('name', `is ${quote(name)}, which is not a valid name`);
  const dynamic = readDynamic(table);
  const version = table.parse('version', parseVersion);
  if (version === undefined && !dynamic.includes('version')) {
    throw table.refuse('version', 'is missing, and dynamic does not name it');
  }
  return {
    name,
    normalizedName: normalizeName(name),
    version,
    description: table.string('description'),
    requiresPython: table.parse('requires-python', parseSpecifiers),
    dependencies: table.parseAll('dependencies', parseRequirement),
    optionalDependencies: readExtras(table),
    scripts: readScripts(table),
    dynamic,
  };
}

/**
 * The core metadata that a build of the project would state, as far as the table decides it: fields in the order of the
 * specification, each with its name and value. Undefined where name, version or requirements are dynamic, since only a
 * build knows them then. The fields that a build may still add stand under `Dynamic`.
 */
export function projectMetadata(
  project: ProjectTable,
): readonly (readonly [name: string, value: string])[] | undefined {
  const { version, dynamic, description, requiresPython } = project;
  const decides = ['version', 'dependencies', 'optional-dependencies', 'requires-python'];
  if (version === undefined || dynamic.some((key) => decides.includes(key))) return undefined;

  return [
    ['Metadata-Version', '2.4'],
    ['Name', project.name],
    ['Version', version.text],
    ...dynamic.flatMap((key) => (fieldsOfKeys[key] ?? []).map((field) => ['Dynamic', field] as const)),
    ...(description === undefined ? [] : [['Summary', description] as const]),
    ...(requiresPython === undefined ? [] : [['Requires-Python', formatSpecifiers(requiresPython)] as const]),
    ...project.dependencies.map((one) => ['Requires-Dist', formatRequirement(one)] as const),
    ...[...project.optionalDependencies].flatMap(([extra, requirements]) => [
      ['Provides-Extra', extra] as const,
      ...requirements.map((one) => ['Requires-Dist', formatRequirement(forExtra(one, extra))] as const),
    ]),
  ];
}

/** The requirement with `extra == "…"` added to its marker, as core metadata states what an extra requires. */
function forExtra(requirement: Requirement, extra: NormalizedName): Requirement {
  return { ...requirement, marker: andMarkers(requirement.marker, parseMarker(`extra == "${extra}"`)) };
}

function readDynamic(table: TableReader): readonly string[] {
  const dynamic = table.strings('dynamic');
  for (const [index, key] of dynamic.entries()) {
    if (!(key in fieldsOfKeys)) throw table.refuse(`dynamic[${index}]`, `is ${quote(key)}, which cannot be dynamic`);
    if (table.has(key)) throw table.refuse(key, 'is stated, and dynamic names it');
  }
  return dynamic;
}

function readExtras(table: TableReader): ReadonlyMap<NormalizedName, readonly Requirement[]> {
  const extras = new Map<NormalizedName, readonly Requirement[]>();
  const written = table.table('optional-dependencies');
  for (const key of written?.keys() ?? []) {
    const extra = written!.attempt(key, () => normalizeName(key));
    if (extras.has(extra)) throw written!.refuse(key, `is the extra ${extra}, which is there twice`);
    extras.set(extra, written!.parseAll(key, parseRequirement));
  }
  return extras;
}

function readScripts(table: TableReader): Readonly<Record<string, string>> {
  const scripts = table.table('scripts');
  return Object.fromEntries((scripts?.keys() ?? []).map((name) => [name, scripts!.requiredString(name)]));
}

function invalid(where: string, reason: string): PackagingError {
  return new PackagingError(
    'PACKAGING_INVALID_PROJECT',
    `The project's pyproject.toml is not valid: ${where || 'the document'} ${reason}.`,
    { data: { where } },
  );
}
