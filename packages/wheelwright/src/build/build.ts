// `build`: a source tree to an sdist or a wheel, each build on a private snapshot and in an environment of its own content.
import path from 'node:path';
import type { BuildEvent, BuildResult, SharedBuildOptions, TreeUnderConstruction } from '@wheelwright/pep517';
import type { Interpreter } from '@wheelwright/python';
import { describeHolder } from '../environment/change-defaults.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

export interface BuildProjectOptions extends CallOptions {
  /** A tree, or the path of an sdist. */
  readonly sourceDir: string;
  readonly kind: 'wheel' | 'sdist' | 'editable';
  readonly outDir: string;
  readonly interpreter: Interpreter;
  readonly strategy?: 'snapshot' | 'in-place' | undefined;
  readonly configSettings?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly timeoutMs?: number | undefined;
  /** false: the backend runs in the interpreter's own environment. */
  readonly isolation?: boolean | undefined;
  /** Gets every line that the backend prints. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** From `buildProjects`: what the builds of one run have in common. */
  readonly shared?: SharedBuildOptions | undefined;
  /** The builds that wait for this one, outermost first. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/**
 * Builds one artifact of one tree. On return it lies whole in `outDir`, checked against its own RECORD; on throw nothing
 * new does. The tree is not written to.
 */
export async function buildProject(tool: Tool, options: BuildProjectOptions): Promise<BuildResult> {
  return withCall(tool, options, (called) => buildProjectWith(called, options));
}

async function buildProjectWith(tool: Tool, options: BuildProjectOptions): Promise<BuildResult> {
  const { sourceDir, kind } = options;
  tool.onEvent({ event: 'building', source: sourceDir, kind });
  const started = Date.now();
  const { build } = await import('@wheelwright/pep517');
  const result = await build({ ...(await engineOptions(tool, options)), kind, outDir: options.outDir });
  tool.onEvent({
    event: 'built',
    source: sourceDir,
    path: result.path,
    sha256: result.sha256,
    ms: Date.now() - started,
  });
  return result;
}

/** What every call of the engine gets from the tool. */
export async function engineOptions(tool: Tool, options: Omit<BuildProjectOptions, 'kind' | 'outDir'>) {
  const { sourceDir, interpreter, isolation, onLog } = options;
  const { createBuildProvisioner, createHostProvisioner } = await import('./build-environments.ts');
  const { buildsDir, dir } = await tool.store();
  return {
    sourceDir,
    interpreter: { executable: interpreter.executable },
    provisioner: isolation === false ? createHostProvisioner(interpreter) : createBuildProvisioner(tool, interpreter),
    buildsDir,
    logsDir: path.join(buildsDir, 'logs'),
    leaveOut: [dir, tool.settings.dataDir].filter((dir) => dir !== undefined),
    environment: tool.settings.hookEnvironment,
    onEvent(event: BuildEvent) {
      if (event.type === 'log') onLog?.(event.line);
      tell(tool, sourceDir, event);
    },
    ...options.shared,
    lockTimeoutMs: tool.settings.lockTimeoutMs,
    underConstruction: options.underConstruction,
    strategy: options.strategy,
    configSettings: options.configSettings,
    timeoutMs: options.timeoutMs,
    signal: tool.signal,
  };
}

function tell(tool: Tool, source: string, event: BuildEvent): void {
  if (event.type === 'log') tool.onEvent({ event: 'backend-output', source, text: event.line });
  else if (event.type === 'warning') tool.onEvent({ event: 'warning', text: event.message });
  else if (event.type === 'waiting')
    tool.onEvent({ event: 'waiting', path: event.path, holder: describeHolder(event.holder) });
}

/** An sdist of the tree, and the wheel built from that sdist: what is published is what was tried. */
export async function buildThroughSdist(
  tool: Tool,
  options: Omit<BuildProjectOptions, 'kind'>,
): Promise<readonly BuildResult[]> {
  return withCall(tool, options, (called) => buildThroughSdistWith(called, options));
}

async function buildThroughSdistWith(
  tool: Tool,
  options: Omit<BuildProjectOptions, 'kind'>,
): Promise<readonly BuildResult[]> {
  const sdist = await buildProject(tool, { ...options, kind: 'sdist' });
  return [sdist, await buildProject(tool, { ...options, sourceDir: sdist.path, kind: 'wheel' })];
}
