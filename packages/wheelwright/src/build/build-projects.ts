// Builds many source trees, for one or more Pythons, in one run. The builds share imported backends and one limit on
// running hooks. A failed build does not stop the others. The wheels of one source for several Pythons are published
// together.
import path from 'node:path';
import type { BuildResult, SharedBuildOptions } from '@wheelwright/pep517';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { type BuildProjectOptions, buildProject } from './build.ts';
import { createTreeServer, type TreeServer } from './from-tree.ts';
import { type BuiltMember, createPublisher, type Publisher } from './publish-family.ts';

/** The artifacts of a source; `wheel-of-sdist`: the wheel is built from the sdist made before it. */
export type ProjectMakes = readonly ('sdist' | 'wheel' | 'wheel-of-sdist' | 'editable')[];

/** A source and the artifacts to make. */
export interface ProjectToBuild extends Omit<BuildProjectOptions, 'kind' | 'interpreter' | 'shared'> {
  /** The artifacts to make, in this order. */
  readonly makes: ProjectMakes;
  /** Which Python, as `tool.interpreter` takes it. */
  readonly python?: string | undefined;
}

/** Options of a run of builds. */
export interface BuildProjectsOptions extends CallOptions {
  /** How many hooks run at once over all builds. */
  readonly jobs: number;
  /** If a build requires another of these projects, build that one first and use its wheel. */
  readonly fromTree?: boolean | undefined;
  /** The first failure stops the other builds, which end with WHEELWRIGHT_ABORTED. */
  readonly failFast?: boolean | undefined;
  /** Receives each artifact when it is published, with the index of its project in the list. */
  readonly onBuilt?: ((index: number, result: BuildResult) => void) | undefined;
}

/** How one build ended. */
export type SettledBuild = PromiseSettledResult<readonly BuildResult[]>;

/**
 * Builds all projects and returns how each ended, in the order of the list. A failed build does not throw. A source that
 * is built for several Pythons has one sdist, and a wheel that they all make is published once. If two of its wheels have
 * one name and different content, all builds of this source fail and none is published (WHEELWRIGHT_BUILDS_DIFFER).
 */
export async function buildProjects(
  tool: Tool,
  projects: readonly ProjectToBuild[],
  options: BuildProjectsOptions,
): Promise<SettledBuild[]> {
  const failure = new AbortController();
  const stops = options.failFast === true ? [failure.signal] : [];
  const given = [...(options.signal === undefined ? [] : [options.signal]), ...stops];
  const signal = given.length > 1 ? AbortSignal.any(given) : given[0];
  return withCall(tool, { signal }, (called) =>
    buildFamilies(called, projects, { ...options, onFailure: () => failure.abort(new Error('another build failed')) }),
  );
}

async function buildFamilies(
  tool: Tool,
  projects: readonly ProjectToBuild[],
  { jobs, onBuilt, fromTree, failFast, onFailure }: BuildProjectsOptions & { readonly onFailure: () => void },
): Promise<SettledBuild[]> {
  const { runBuilds } = await import('@wheelwright/pep517');
  const families = groupBySource(projects);
  const publisher = createPublisher();
  const settled: SettledBuild[] = [];
  const staging = (await tool.store()).stage();
  let server: Promise<TreeServer> | undefined;
  let ended = 0;
  const tellEnded = (count: number) => {
    ended += count;
    if (projects.length > 1) tool.onEvent({ event: 'builds', ended, of: projects.length });
  };
  tellEnded(0);
  const toolFor = async (project: ProjectToBuild, shared: SharedBuildOptions) => {
    if (fromTree !== true) return tool;
    server ??= createTreeServer(tool, projects, { dir: staging.dir, shared });
    return await (await server).toolFor(project);
  };
  try {
    await runBuilds(
      families.map((family) => async (shared: SharedBuildOptions) => {
        const run = families.length === 1 && family.length === 1 ? buildDirectly : buildFamily;
        const given = { tool, shared, publisher, toolFor: (project: ProjectToBuild) => toolFor(project, shared) };
        const outcomes = await run(given, family, (index, result) => onBuilt?.(index, result));
        for (const [at, { index }] of family.entries()) settled[index] = outcomes[at]!;
        tellEnded(family.length);
        if (failFast === true && outcomes.some(({ status }) => status === 'rejected')) onFailure();
      }),
      { jobs },
    );
    return settled;
  } finally {
    staging.release();
  }
}

interface Member {
  /** The index of the project in the caller's list. */
  readonly index: number;
  readonly project: ProjectToBuild;
}

interface Run {
  readonly tool: Tool;
  readonly shared: SharedBuildOptions;
  readonly publisher: Publisher;
  /** The tool for the builds of one project; it finds the wheels of other projects that they require. */
  readonly toolFor: (project: ProjectToBuild) => Promise<Tool>;
}

type OnBuilt = (index: number, result: BuildResult) => void;

/** Groups projects that differ only in their Python. */
function groupBySource(projects: readonly ProjectToBuild[]): Member[][] {
  const families = new Map<string, Member[]>();
  for (const [index, project] of projects.entries()) {
    const { python: _python, onLog: _onLog, signal: _signal, ...rest } = project;
    const key = JSON.stringify({ ...rest, sourceDir: path.resolve(rest.sourceDir) });
    const family = families.get(key) ?? [];
    families.set(key, family);
    family.push({ index, project });
  }
  return [...families.values()];
}

/** One source for one Python: publishes each artifact as soon as it is built. */
async function buildDirectly({ tool, shared, toolFor }: Run, [member]: readonly Member[], onBuilt: OnBuilt) {
  const { index, project } = member!;
  const build = async () => {
    const results: BuildResult[] = [];
    const called = await toolFor(project);
    for (const make of project.makes) {
      const sourceDir = make === 'wheel-of-sdist' ? results.at(-1)!.path : project.sourceDir;
      const result = await buildOne(called, { ...project, sourceDir, shared }, make);
      results.push(result);
      onBuilt(index, result);
    }
    return results;
  };
  return await Promise.allSettled([withCall(tool, {}, build)]);
}

/** One source for several Pythons: builds into separate directories, compares, then publishes everything together. */
async function buildFamily({ tool, shared, publisher, toolFor }: Run, family: readonly Member[], onBuilt: OnBuilt) {
  const staging = (await tool.store()).stage();
  try {
    const { outDir, makes, sourceDir, ignoredByGit } = family[0]!.project;
    // The first Python builds the one sdist. If that fails, all fail.
    const sdistDir = path.join(staging.dir, 'sdist');
    const sdist = makes.includes('sdist')
      ? await settle(
          withCall(tool, {}, async () =>
            buildOne(
              await toolFor(family[0]!.project),
              { ...family[0]!.project, outDir: sdistDir, publishedIn: path.resolve(outDir), shared },
              'sdist',
            ),
          ),
        )
      : undefined;
    const built = await Promise.allSettled(
      family.map(({ project }, at) =>
        withCall(tool, {}, async (): Promise<BuiltMember> => {
          const results: BuildResult[] = sdist === undefined ? [] : [outcomeOf(sdist)];
          const called = await toolFor(project);
          for (const make of makes.filter((each) => each !== 'sdist')) {
            const from = make === 'wheel-of-sdist' ? results.at(-1)! : undefined;
            const options = {
              ...project,
              sourceDir: from?.path ?? project.sourceDir,
              shownAs: from && path.join(path.resolve(outDir), from.filename),
              outDir: path.join(staging.dir, `${at}-${make}`),
              publishedIn: path.resolve(outDir),
              shared,
            };
            results.push(await buildOne(called, options, make));
          }
          return { results, python: project.python };
        }),
      ),
    );
    return await publisher.publish(built, { sourceDir, outDir: path.resolve(outDir), ignoredByGit }, (at, result) =>
      onBuilt(family[at]!.index, result),
    );
  } finally {
    staging.release();
  }
}

async function buildOne(
  tool: Tool,
  { makes: _makes, python, ...options }: ProjectToBuild & { readonly shared: SharedBuildOptions },
  make: ProjectMakes[number],
): Promise<BuildResult> {
  const interpreter = await tool.interpreter(python);
  return await buildProject(tool, { ...options, kind: make === 'wheel-of-sdist' ? 'wheel' : make, interpreter });
}

async function settle<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  return (await Promise.allSettled([promise]))[0];
}

function outcomeOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}
