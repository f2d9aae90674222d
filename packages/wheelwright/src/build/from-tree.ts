// Builds trees that require each other in one run. If the build of one tree requires another, the wheel of that other tree
// is built first, and replaces all other versions of its name.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type NormalizedName, normalizeName, parseRequirement } from '@wheelwright/packaging';
import type { SharedBuildOptions } from '@wheelwright/pep517';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { type BuildProjectOptions, buildProject } from './build.ts';

/** One tree of the run. */
export interface ServedTree extends Omit<BuildProjectOptions, 'kind' | 'interpreter' | 'outDir' | 'shared'> {
  /** Which Python, as `tool.interpreter` takes it. */
  readonly python?: string | undefined;
}

/** Gives each build a tool that finds the wheels of the trees it requires. */
export interface TreeServer {
  /** Builds the other trees that this tree requires, and returns a tool for its own build. Throws as a build does. */
  toolFor(tree: ServedTree): Promise<Tool>;
}

interface Known {
  readonly dir: string;
  /** Undefined if only the build knows the name. Then no other tree can require this one. */
  readonly name: NormalizedName | undefined;
  /** Names that its build requires, and names that it requires at run time. */
  readonly requires: readonly NormalizedName[];
  readonly dependencies: readonly NormalizedName[];
}

/** Makes a server of `trees`. It writes only into `dir`, which belongs to the caller. */
export async function createTreeServer(
  tool: Tool,
  trees: readonly ServedTree[],
  { dir, shared }: { readonly dir: string; readonly shared: SharedBuildOptions },
): Promise<TreeServer> {
  const known = new Map<NormalizedName, Named>();
  const byDir = new Map<string, Known>();
  for (const sourceDir of new Set(trees.map((tree) => tree.sourceDir))) {
    const found = await look(sourceDir);
    if (found === undefined) continue;
    byDir.set(sourceDir, found);
    if (isNamed(found)) known.set(found.name, found);
  }
  const wheels = new Map<string, Promise<string>>();
  let files = 0;

  const toolFor = async (tree: ServedTree, waiting: readonly NormalizedName[]): Promise<Tool> => {
    const own = byDir.get(tree.sourceDir);
    const wanted = closure(own, known);
    if (wanted.length === 0) return tool;
    const way = [...waiting, ...(own?.name === undefined ? [] : [own.name])];
    const source = tree.sourceDir;
    tool.onEvent({ event: 'build-waits', source, for: wanted.map(({ name }) => name) });
    const lines = await Promise.all(
      wanted.map(async (each) => `${each.name} @ ${pathToFileURL(await wheelOf(each, tree, way)).href}`),
    ).finally(() => tool.onEvent({ event: 'build-waits', source, for: [] }));
    files += 1;
    const file = path.join(dir, `constraints-${files}.txt`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { buildConstraintFiles } = tool.settings;
    return { ...tool, settings: { ...tool.settings, buildConstraintFiles: [...buildConstraintFiles, file] } };
  };

  const wheelOf = (wanted: Named, { python, ...options }: ServedTree, waiting: readonly NormalizedName[]) => {
    if (waiting.includes(wanted.name)) throw cycle([...waiting, wanted.name]);
    const key = `${wanted.name} ${python ?? ''}`;
    const building =
      wheels.get(key) ??
      (async () => {
        const tree = { ...options, python, sourceDir: wanted.dir };
        const called = await toolFor(tree, waiting);
        const interpreter = await tool.interpreter(python);
        const outDir = path.join(dir, `served-${wheels.size}-${wanted.name}`);
        const built = await buildProject(called, { ...tree, kind: 'wheel', interpreter, outDir, shared });
        return built.path;
      })();
    wheels.set(key, building);
    return building;
  };
  return { toolFor: (tree) => toolFor(tree, []) };
}

type Named = Known & { readonly name: NormalizedName };

function isNamed(tree: Known): tree is Named {
  return tree.name !== undefined;
}

/** Reads what a tree states about itself; undefined if it is not a project. */
async function look(sourceDir: string): Promise<Known | undefined> {
  const { readProject, statedMetadata } = await import('@wheelwright/pep517');
  try {
    const project = readProject(sourceDir);
    const dependencies = statedMetadata(sourceDir)?.metadata.requiresDist ?? [];
    const names = (texts: readonly string[]) => texts.map((text) => parseRequirement(text).normalizedName);
    const name = project.name === undefined ? undefined : normalizeName(project.name);
    return { dir: sourceDir, name, requires: names(project.requires), dependencies: names(dependencies) };
  } catch {
    return undefined; // Its own build reports the fault.
  }
}

/** The trees that a build needs: those it requires, and those that these need at run time. */
function closure(own: Known | undefined, known: ReadonlyMap<NormalizedName, Named>): Named[] {
  const found = new Map<NormalizedName, Named>();
  const queue = [...(own?.requires ?? [])];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const tree = known.get(name);
    if (tree === undefined || found.has(name)) continue;
    found.set(name, tree);
    queue.push(...tree.dependencies);
  }
  return [...found.values()];
}

function cycle(names: readonly string[]): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `These trees require each other: ${names.join(' → ')}.`, {
    hint: 'Provide one of them as a wheel, or take it out of build-system.requires.',
    data: { cycle: names },
  });
}
