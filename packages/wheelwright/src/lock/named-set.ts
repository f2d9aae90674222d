// The set of wheels that `cache push` and `cache pull` copy: those of requirements or of a lock.
import type { Interpreter } from '@wheelwright/python';
import type { RemoteCache } from '@wheelwright/remote-store';
import { openBuildSources } from '../build/build.ts';
import type { BuildSourcesOptions } from '../build/source-builder.ts';
import { readAskedFor } from '../requirements/read-asked-for.ts';
import type { ResolvedWheel } from '../requirements/resolution.ts';
import { resolveWheels } from '../resolve/resolve-wheels.ts';
import type { CallOptions } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { openLocked } from './open-locked.ts';
import { isLockFile } from './read-lock.ts';

/** Which wheels: those that these requirements resolve to, or that a lock pins, for one interpreter. */
export interface PullOptions extends CallOptions {
  /** Requirements, as for `install`. */
  readonly requirements?: readonly string[] | undefined;
  /** Requirements files, or one lock file alone. */
  readonly requirementFiles?: readonly string[] | undefined;
  /** A lock file (PEP 751), in place of requirements. */
  readonly lock?: string | undefined;
  /** The interpreter of the wheels: a path, a name or a version. */
  readonly python?: string | undefined;
}

/** The resolved set. */
export interface ResolvedSet {
  readonly wheels: readonly ResolvedWheel[];
  readonly indexTool: Tool;
  readonly interpreter: Interpreter;
}

/**
 * Resolves the requirements, or reads the pins of the lock, and adds the wheels to the store.
 * @throws as `install`, before its lock; WheelwrightError WHEELWRIGHT_USAGE if nothing is named.
 */
export async function resolveSet(
  tool: Tool,
  options: PullOptions,
  builds: Pick<BuildSourcesOptions, 'outDir' | 'onBuilt' | 'publishesKept'> = {},
): Promise<ResolvedSet> {
  const interpreter = await tool.interpreter(options.python);
  const { requirementFiles = [], requirements = [], lock } = options;
  if (lock !== undefined || requirementFiles.some(isLockFile)) {
    const openSources = openBuildSources(tool, { interpreter, ...builds });
    const named = [...(lock === undefined ? [] : [lock]), ...requirementFiles, ...requirements];
    const resolution = await openLocked(tool, named, { interpreter, openSources });
    try {
      return { wheels: await resolution.fetch(), indexTool: tool, interpreter };
    } finally {
      resolution.close();
    }
  }
  const asked = await readAskedFor(tool, interpreter, options);
  if (asked.inputs.length === 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', 'No wheels were named.', {
      hint: 'Name requirements, a requirements file with -r, or a lock file with --lock.',
    });
  const openSources = openBuildSources(asked.tool, { interpreter, ...builds });
  const wheels = await resolveWheels(asked.tool, { ...asked, interpreter, openSources });
  return { wheels, indexTool: asked.tool, interpreter };
}

/**
 * Returns the remote of the tool.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if none is configured.
 */
export async function requireRemote(tool: Tool): Promise<RemoteCache> {
  const remote = await tool.remote();
  if (remote === undefined) throw noRemote();
  return remote;
}

/** The error if no remote is configured. */
export function noRemote(): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_USAGE', 'No remote is named.', {
    hint: 'Pass --remote, or set WHEELWRIGHT_REMOTE.',
  });
}
