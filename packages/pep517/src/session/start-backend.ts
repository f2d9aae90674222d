// Starts a Python of the build environment that imports the backend, for one session or shared by several.
import path from 'node:path';
import type { ProvidedEnvironment } from '../ports.ts';
import { setuptoolsModules } from '../project/uses-only-setuptools.ts';
import { hookEnvironment } from '../runner/hook-environment.ts';
import { ownPlaces } from '../runner/own-places.ts';
import { type StartedRunner, startOwnRunner } from '../runner/runner-pool.ts';
import { hookFailure } from './hook-failure.ts';
import { type PlacedTree, worksInPlace } from './place-tree.ts';
import { failedHook, type SessionParts } from './session-options.ts';

/** What the backend is started with. */
export interface BackendStart {
  readonly environment: ProvidedEnvironment;
  /** Undefined while the tree is placed, which a backend from the environment does not wait for. */
  readonly tree: PlacedTree | undefined;
  /** Whether the hooks run no code but that of setuptools. */
  readonly runsAlone: boolean;
}

/** The directories of the build environment whose files are no inputs, each with a slash at its end. */
export function environmentDirsOf(binDir: string): string[] {
  return ownPlaces([path.dirname(binDir)]).map((dir) => `${dir}/`);
}

/** Returns the runner after the import. Throws PEP517_BACKEND_UNAVAILABLE or another failure if it did not succeed. */
export async function startBackend(parts: SessionParts, start: BackendStart): Promise<StartedRunner> {
  const { project, area, log, deadline, options } = parts;
  const { environment, tree, runsAlone } = start;
  const inTree = project.backendPath.length > 0;
  const startRunner = (!inTree && !worksInPlace(options, project) && options.runners?.start) || startOwnRunner;
  const fds = [environment.leaseFd, ...(startRunner === startOwnRunner ? [area.leaseFd, tree?.lock?.fd] : [])];
  const runner = await startRunner({
    python: environment.python,
    environment: hookEnvironment(options.environment, environment),
    backend: project.backend,
    backendPath: project.backendPath.map((entry) => path.join(tree!.dir, entry)),
    ...(runsAlone ? { preload: setuptoolsModules, endsAtOnce: true } : {}),
    ...(options.observes === true ? { observe: environmentDirsOf(environment.binDir) } : {}),
    // A backend of the tree may read files of the tree as it is imported.
    cwd: inTree ? tree!.dir : path.dirname(area.dir),
    inheritFds: fds.filter((fd) => fd !== undefined),
    signal: deadline.signal,
    onOutput: (chunk) => log.write(chunk),
  }).catch((error: unknown) => {
    throw deadline.signal.aborted ? deadline.error() : error;
  });
  if (runner.imported.outcome === 'result') return runner;
  await runner.end();
  deadline.check();
  throw hookFailure(failedHook(parts), `build_${options.kind}`, runner.imported);
}
