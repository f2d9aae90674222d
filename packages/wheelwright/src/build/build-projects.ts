// Many source trees, and Pythons, in one run: the builds share imported backends and one limit on running hooks. A
// failure of one is no failure of the others.
import type { BuildResult, SharedBuildOptions } from '@wheelwright/pep517';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { type BuildProjectOptions, buildProject } from './build.ts';

/** A source and what is made of it, in this order. */
export interface ProjectToBuild extends Omit<BuildProjectOptions, 'kind' | 'interpreter' | 'shared'> {
  /** `wheel-of-sdist`: the wheel is built from the sdist that was made before it. */
  readonly makes: readonly ('sdist' | 'wheel' | 'wheel-of-sdist')[];
  /** Which Python, as `tool.interpreter` takes it. */
  readonly python?: string | undefined;
}

export interface BuildProjectsOptions extends CallOptions {
  /** How many hooks run at once over all builds. */
  readonly jobs: number;
  /** Gets each artifact when it is published: the place of its project in the list, and what it is. */
  readonly onBuilt?: ((index: number, result: BuildResult) => void) | undefined;
}

/** Builds all of them; gives how each ended, in the order of the list. Throws for none. */
export async function buildProjects(
  tool: Tool,
  projects: readonly ProjectToBuild[],
  { jobs, onBuilt, signal }: BuildProjectsOptions,
): Promise<PromiseSettledResult<readonly BuildResult[]>[]> {
  const { runBuilds } = await import('@wheelwright/pep517');
  const buildOne = async (called: Tool, project: ProjectToBuild, index: number, shared: SharedBuildOptions) => {
    const { makes, python, ...options } = project;
    const interpreter = await called.interpreter(python);
    const results: BuildResult[] = [];
    for (const make of makes) {
      const sourceDir = make === 'wheel-of-sdist' ? results.at(-1)!.path : options.sourceDir;
      const kind = make === 'sdist' ? make : 'wheel';
      const result = await buildProject(called, { ...options, sourceDir, kind, interpreter, shared });
      results.push(result);
      onBuilt?.(index, result);
    }
    return results;
  };
  const works = projects.map(
    (project, index) => (shared: SharedBuildOptions) =>
      withCall(tool, { signal }, (called) => buildOne(called, project, index, shared)),
  );
  return await runBuilds(works, { jobs });
}
