// `build`: a source tree to an sdist or a wheel, each build on a private snapshot and in an environment of its own content.
import path from 'node:path';
import { CodedError, isCodedError } from '@wheelwright/errors';
import type {
  BuildEvent,
  BuildResult,
  Provisioner,
  SharedBuildOptions,
  TreeUnderConstruction,
} from '@wheelwright/pep517';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import { type CallOptions, withCall } from '../tool/call.ts';
import { describeHolder } from '../tool/describe-holder.ts';
import type { Tool } from '../tool/tool.ts';
import type { OpenSources } from '../wheels/resolution.ts';
import { interpreterIdentity } from './interpreter-identity.ts';
import { openBuildCache } from './kept-builds.ts';
import { type BuildCalls, type BuildSourcesOptions, openSourcesWith } from './source-builder.ts';

/** A wheel in the store that was built of a source. */
export interface BuiltWheel {
  /** Verified against its own RECORD; it stays until the tool is closed. */
  readonly wheel: StoredWheel;
  /** Whether it had been built before: no Python was started. */
  readonly reused: boolean;
}

/** One artifact of one source, and how it is built. */
export interface BuildProjectOptions extends CallOptions {
  /** A tree, or the path of an sdist. */
  readonly sourceDir: string;
  /** What is made: an sdist, a wheel, or an editable wheel (PEP 517, PEP 660). */
  readonly kind: 'wheel' | 'sdist' | 'editable';
  /** Absolute; made where it is missing. The artifact is published into it by one rename. */
  readonly outDir: string;
  /** Whether an out directory that is made gets a `.gitignore` for all of it; false unless given. */
  readonly ignoredByGit?: boolean | undefined;
  /** Where the caller publishes the artifact: it is no part of the source. */
  readonly publishedIn?: string | undefined;
  /** The path of the source in messages, where it lies at another for the time being. */
  readonly shownAs?: string | undefined;
  /** The Python that the wheel is for, and that runs the hooks. */
  readonly interpreter: Interpreter;
  /** `snapshot` (default): on a private copy of the tree. `in-place`: in the tree, under its exclusive lock. */
  readonly strategy?: 'snapshot' | 'in-place' | undefined;
  /** For the backend, as PEP 517 has them. */
  readonly configSettings?: Readonly<Record<string, unknown>> | undefined;
  /** How long one hook may take, in ms; unlimited by default. */
  readonly timeoutMs?: number | undefined;
  /** false: the backend runs in the interpreter's own environment. */
  readonly isolation?: boolean | undefined;
  /** Without isolation, false: what the project requires is not looked up in that environment. */
  readonly checksRequirements?: boolean | undefined;
  /** `'use'` (default): a build that was done before is given back. `'renew'`: done anew and kept. `'off'`: neither. */
  readonly cache?: 'use' | 'renew' | 'off' | undefined;
  /** What the source is, where the caller knows it; see `SourceToBuild.identity`. */
  readonly sourceIdentity?: string | undefined;
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
  const { sourceDir, kind, publishedIn, shownAs: source = sourceDir } = options;
  const started = Date.now();
  const { build } = await import('@wheelwright/pep517');
  const engine = await engineOptions(tool, options);
  let isTold = false;
  const onEvent = (event: BuildEvent) => {
    // What is given back is not built.
    const begins = event.type === 'cache' ? event.state !== 'hit' : event.type === 'requires';
    if (begins && !isTold) tool.onEvent({ event: 'building', source, kind });
    isTold ||= begins;
    engine.onEvent(event);
  };
  const result = await build({ ...engine, onEvent, kind, outDir: options.outDir }).catch((error: unknown) => {
    throw renamed(error, sourceDir, source);
  });
  tool.onEvent({
    event: 'built',
    source,
    path: publishedIn === undefined ? result.path : path.join(publishedIn, result.filename),
    sha256: result.sha256,
    reused: result.reused,
    ms: Date.now() - started,
  });
  return result;
}

/** A build whose wheel goes into the store. */
export interface BuildIntoStoreOptions extends Omit<BuildProjectOptions, 'outDir' | 'kind'> {
  /** Where the wheel's file is left; a private place that goes again by default. */
  readonly outDir?: string | undefined;
  readonly kind: 'wheel' | 'editable';
  /** Gets the path and the sha256 (hex) of the file that is left in `outDir`. */
  readonly onBuilt?: ((wheelPath: string, sha256: string) => void) | undefined;
}

/** The wheel of a source, in the store. */
export async function buildIntoStore(tool: Tool, options: BuildIntoStoreOptions): Promise<BuiltWheel> {
  const store = await tool.store();
  const known = await findInStore(tool, options);
  if (known !== undefined) return { wheel: known, reused: true };
  const staging = store.stage();
  try {
    const { onBuilt, outDir = staging.dir, ...build } = options;
    const { path: wheelPath, sha256, reused } = await buildProject(tool, { ...build, outDir });
    onBuilt?.(wheelPath, sha256);
    return { wheel: await store.addWheel(wheelPath, { sha256 }), reused };
  } finally {
    staging.release();
  }
}

/** A wheel that was built before and is in the store still: nothing is copied, nothing started. */
async function findInStore(tool: Tool, options: BuildIntoStoreOptions): Promise<StoredWheel | undefined> {
  // Whoever wants the file as well has it published.
  if (options.outDir !== undefined) return undefined;
  const engine = await engineOptions(tool, options);
  const { cache, cacheMode } = engine;
  if (cache === undefined || cacheMode === 'renew') return undefined;
  const { findBuilt } = await import('@wheelwright/pep517');
  const record = await findBuilt({ ...engine, kind: options.kind, cache });
  return record === undefined ? undefined : (await tool.store()).findWheel(record.artifact.sha256);
}

/** The same failure about the path that the user knows. */
function renamed(error: unknown, from: string, to: string): unknown {
  if (from === to || !isCodedError(error)) return error;
  const { code, message, hint, cause, data } = error;
  const coded = new CodedError(code, message.replaceAll(from, to), { hint, cause, data: { ...data, path: to } });
  coded.name = error.name;
  return coded;
}

/** What every call of the engine gets from the tool. */
export async function engineOptions(tool: Tool, options: Omit<BuildProjectOptions, 'kind' | 'outDir'>) {
  const { sourceDir, interpreter, onLog } = options;
  const store = await tool.store();
  const { buildsDir, dir } = store;
  return {
    sourceDir,
    interpreter: { executable: interpreter.executable, identity: interpreterIdentity(interpreter) },
    ...(options.cache === 'off'
      ? {}
      : { cache: await openBuildCache(tool, (options as { kind?: string }).kind), cacheMode: options.cache }),
    sourceIdentity: options.sourceIdentity,
    ignoredByGit: options.ignoredByGit,
    provisioner: await provisionerFor(tool, options),
    buildsDir,
    logsDir: path.join(buildsDir, 'logs'),
    leaveOut: [dir, tool.settings.dataDir, options.publishedIn].filter((each) => each !== undefined),
    environment: tool.settings.hookEnvironment,
    onEvent(event: BuildEvent) {
      if (event.type === 'log') onLog?.(event.line);
      tell(tool, options.shownAs ?? sourceDir, event);
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

async function provisionerFor(
  tool: Tool,
  { isolation, checksRequirements = true, interpreter, shared }: Omit<BuildProjectOptions, 'kind' | 'outDir'>,
): Promise<Provisioner> {
  if (isolation === false) {
    const { createHostProvisioner } = await import('./host-environment.ts');
    return createHostProvisioner(tool, { interpreter, checksRequirements });
  }
  const { createBuildProvisioner } = await import('./build-environments.ts');
  return createBuildProvisioner(tool, interpreter, (underConstruction) =>
    // Beside the build that waits: it has no slot while its environment is made.
    openBuildSources(tool, { interpreter, shared, underConstruction }),
  );
}

/** Opens the sources of one resolution, and builds them through this file. */
export function openBuildSources(tool: Tool, options: BuildSourcesOptions): OpenSources {
  const readMetadata: BuildCalls['readMetadata'] = async (called, call) => {
    const pep517 = await import('@wheelwright/pep517');
    return pep517.readMetadata(await engineOptions(called, call));
  };
  const intoStore: BuildCalls['buildIntoStore'] = async (called, call) => (await buildIntoStore(called, call)).wheel;
  return openSourcesWith({ buildIntoStore: intoStore, readMetadata }, tool, options);
}

function tell(tool: Tool, source: string, event: BuildEvent): void {
  if (event.type === 'cache')
    tool.onEvent({ event: 'build-cache', source, state: event.state, reasons: event.reasons });
  else if (event.type === 'phase') tool.onEvent({ event: 'build-phase', source, phase: event.phase });
  else if (event.type === 'log') tool.onEvent({ event: 'backend-output', source, text: event.line });
  else if (event.type === 'hook') tool.onEvent({ event: 'build-hook', source, hook: event.hook, state: event.state });
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
