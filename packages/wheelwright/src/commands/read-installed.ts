// The commands that read installed distributions: freeze, show, tree, check. They take no lock and change nothing.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatSpecifiers, type NormalizedName, normalizeName } from '@wheelwright/packaging';
import { type Environment, listDistributions, readInstalledRecord } from '@wheelwright/python';
import { tellGuests } from '../environment/foreign-writes.ts';
import { type InstalledWithMetadata, requiredBy, withMetadata } from '../environment/installed-metadata.ts';
import { formatPinLine } from '../environment/pin-line.ts';
import { environmentOf, type PlaceOptions, settle } from '../environment/place.ts';
import { type UnmetRequirement, unmetRequirements } from '../requirements/unmet-requirements.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Which environment or directory to read. */
export type ReadOptions = CallOptions & Pick<PlaceOptions, 'environment' | 'target'>;

/** Which distributions to omit. */
export interface FreezeOptions extends ReadOptions {
  /** Names of distributions, in any spelling. */
  readonly exclude?: readonly string[] | undefined;
  /** Omit editable installs. */
  readonly excludeEditable?: boolean | undefined;
}

/**
 * The lines of a requirements file that recreates this environment, sorted by name: `name==version`, `name @ url` with its
 * hash or commit, `-e path`.
 */
export async function freeze(tool: Tool, options: FreezeOptions = {}): Promise<readonly string[]> {
  const excluded = new Set(options.exclude?.map((name) => normalizeName(name)));
  return withCall(tool, options, async (called) => {
    const environment = await openForReading(called, options);
    return listDistributions(environment.sitePackages)
      .filter(({ name, editable }) => !excluded.has(name) && !(editable && options.excludeEditable === true))
      .map(formatPinLine);
  });
}

/** The facts of one installed distribution. */
export interface ShownDistribution {
  /** As its metadata spells it. */
  readonly name: string;
  /** As its metadata states it. */
  readonly version: string;
  /** Its field Summary. */
  readonly summary: string | undefined;
  /** Its field Home-page, else the project URL labelled Homepage. */
  readonly homePage: string | undefined;
  /** Its field Author. */
  readonly author: string | undefined;
  /** Its field Author-email. */
  readonly authorEmail: string | undefined;
  /** The licence expression, else the text of the field License. */
  readonly license: string | undefined;
  /** The directory that it is imported from. */
  readonly location: string;
  /** The source tree of an editable install. */
  readonly editableProjectLocation: string | undefined;
  /** The program that installed it, from the file INSTALLER. */
  readonly installer: string | undefined;
  /** Names that it requires in this environment. */
  readonly requires: readonly string[];
  /** Names of the installed distributions that require it. */
  readonly requiredBy: readonly string[];
  /** Its files, relative to `location`; undefined if they are not known. */
  readonly files: readonly string[] | undefined;
  /** The line of a requirements file that installs it again. */
  readonly pin: string;
}

/** The facts of the named distributions. Throws WHEELWRIGHT_NOT_INSTALLED, which names all missing ones. */
export async function show(
  tool: Tool,
  options: ReadOptions & { readonly names: readonly string[] },
): Promise<readonly ShownDistribution[]> {
  return withCall(tool, options, async (called) => {
    const { all, environment } = await readAll(called, options);
    const found = findNamed(all, options.names, environment);
    return found.map((distribution) => toShown(distribution, all, environment));
  });
}

/** One node of the graph of requirements. */
export interface RequirementNode {
  /** The name as its metadata, or the requirement, spells it. */
  readonly name: string;
  /** Its key in the graph (PEP 503). */
  readonly normalizedName: NormalizedName;
  /** Undefined if it is required and not installed. */
  readonly version: string | undefined;
  /** Its requirements with their specifiers; with `invert`, the distributions that require it. */
  readonly edges: readonly { readonly to: NormalizedName; readonly specifiers: string }[];
}

/** The graph of requirements and its roots. */
export interface RequirementGraph {
  /** The nodes at which a drawing starts, in this order. */
  readonly roots: readonly NormalizedName[];
  /** Every distribution that is installed or required, by normalized name. */
  readonly nodes: ReadonlyMap<NormalizedName, RequirementNode>;
}

/**
 * The graph of requirements. Roots are the named distributions, else those that no other requires (with `invert`: those
 * that require nothing). The graph may have cycles.
 */
export async function tree(
  tool: Tool,
  options: ReadOptions & { readonly names?: readonly string[] | undefined; readonly invert?: boolean | undefined } = {},
): Promise<RequirementGraph> {
  return withCall(tool, options, async (called) => {
    const { all, environment } = await readAll(called, options);
    return drawGraph(all, environment, options);
  });
}

/** The unmet requirements of installed distributions. */
export async function check(tool: Tool, options: ReadOptions = {}): Promise<readonly UnmetRequirement[]> {
  return withCall(tool, options, async (called) => {
    const environment = await openForReading(called, options);
    const { markers } = await called.interpreter(interpreterOf(environment));
    return unmetRequirements(listDistributions(environment.sitePackages), markers);
  });
}

async function openForReading(tool: Tool, options: ReadOptions): Promise<Environment> {
  const environment = environmentOf(tool, options);
  await settle(tool, environment);
  tellGuests(tool, environment);
  return environment;
}

async function readAll(tool: Tool, options: ReadOptions) {
  const environment = await openForReading(tool, options);
  const { markers } = await tool.interpreter(interpreterOf(environment));
  return { environment, all: withMetadata(listDistributions(environment.sitePackages), markers) };
}

/** The interpreter whose markers count. A `--target` directory has none, so the first on the search path counts. */
function interpreterOf({ kind, interpreterExecutable }: Environment): string | undefined {
  return kind === 'target' ? undefined : interpreterExecutable;
}

function findNamed(
  all: readonly InstalledWithMetadata[],
  names: readonly string[],
  { dir }: Environment,
): InstalledWithMetadata[] {
  const wanted = names.map((name) => normalizeName(name));
  const absent = wanted.filter((name) => !all.some((one) => one.name === name));
  if (absent.length > 0)
    throw new WheelwrightError(
      'WHEELWRIGHT_NOT_INSTALLED',
      `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not installed in ${dir}.`,
      { data: { names: absent } },
    );
  return wanted.flatMap((name) => all.filter((one) => one.name === name));
}

function toShown(
  distribution: InstalledWithMetadata,
  all: readonly InstalledWithMetadata[],
  { sitePackages }: Environment,
): ShownDistribution {
  const { rawName, version, metadata, directUrl, editable, installer, requires } = distribution;
  const field = (name: string) => metadata?.headers.get(name)?.[0];
  const source = editable && directUrl?.url.startsWith('file:') === true ? fileURLToPath(directUrl.url) : undefined;
  return {
    name: rawName,
    version,
    summary: metadata?.summary,
    homePage: field('home-page') ?? homeOf(metadata?.headers.get('project-url') ?? []),
    author: field('author'),
    authorEmail: field('author-email'),
    license: field('license-expression') ?? field('license'),
    location: sitePackages,
    editableProjectLocation: source,
    installer,
    requires: [...new Set(requires.map(({ name }) => name))].sort(),
    requiredBy: requiredBy(all, distribution.name),
    files: filesOf(distribution),
    pin: formatPinLine(distribution),
  };
}

/** `Homepage, https://…` among the project URLs (well-known labels of the specification). */
function homeOf(urls: readonly string[]): string | undefined {
  return urls.map((row) => /^home-?\s?page\s*,\s*(\S+)/i.exec(row)?.[1]).find((url) => url !== undefined);
}

function filesOf(distribution: InstalledWithMetadata): readonly string[] | undefined {
  try {
    return readInstalledRecord(distribution)?.map(({ path: file }) => path.posix.normalize(file));
  } catch {
    return undefined; // `verify` reports a damaged RECORD.
  }
}

function drawGraph(
  all: readonly InstalledWithMetadata[],
  environment: Environment,
  {
    names = [],
    invert = false,
  }: { readonly names?: readonly string[] | undefined; readonly invert?: boolean | undefined },
): RequirementGraph {
  const edges = all.flatMap(({ name, requires }) =>
    requires.map(({ normalizedName, name: wanted, specifiers }) => {
      const text = formatSpecifiers(specifiers);
      return { from: name, to: normalizedName, wanted, text };
    }),
  );
  const nodes = new Map<NormalizedName, RequirementNode>();
  const versions = new Map(all.map(({ name, version, rawName }) => [name, { version, rawName }]));
  const missing = edges.filter(({ to }) => !versions.has(to));
  for (const name of [...versions.keys(), ...missing.map(({ to }) => to)]) {
    const own = edges.filter(({ from, to }) => (invert ? to : from) === name);
    nodes.set(name, {
      name: versions.get(name)?.rawName ?? missing.find(({ to }) => to === name)?.wanted ?? name,
      normalizedName: name,
      version: versions.get(name)?.version,
      edges: own.map(({ from, to, text }) => ({ to: invert ? from : to, specifiers: text })),
    });
  }
  if (names.length > 0) return { roots: findNamed(all, names, environment).map(({ name }) => name), nodes };
  const reached = new Set([...nodes.values()].flatMap((node) => node.edges.map(({ to }) => to)));
  const roots = [...nodes.keys()].filter((name) => !reached.has(name));
  // For a cycle that no root leads to, its first node by name becomes a root.
  const seen = new Set<NormalizedName>();
  const visit = (name: NormalizedName) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { to } of nodes.get(name)?.edges ?? []) visit(to);
  };
  for (const name of roots) visit(name);
  for (const name of [...nodes.keys()].sort()) {
    if (seen.has(name)) continue;
    roots.push(name);
    visit(name);
  }
  return { roots: roots.sort(), nodes };
}
