// Builds source trees into sdists and wheels. Each build works on a private snapshot and in a build environment that is
// named by its content.
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
import type { OpenSources } from '../requirements/resolution.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import { describeHolder } from '../tool/describe-holder.ts';
import type { Tool } from '../tool/tool.ts';
import { interpreterIdentity } from './interpreter-identity.ts';
import { openBuildCache } from './kept-builds.ts';
import { type BuildCalls, type BuildSourcesOptions, openSourcesWith } from './source-builder.ts';

/** A wheel in the store that was built from a source. */
export interface BuiltWheel {
  /** Verified against its own RECORD. It is not pruned until the tool is closed. */
  readonly wheel: StoredWheel;
  /** True if it comes from the build cache: no Python was started. */
  readonly reused: boolean;
}

/** One artifact to build, and how. */
export interface BuildProjectOptions extends CallOptions {
  /** A tree, or the path of an sdist. */
  readonly sourceDir: string;
  /** The kind of artifact: an sdist, a wheel, or an editable wheel (PEP 517, PEP 660). */
  readonly kind: 'wheel' | 'sdist' | 'editable';
  /** The output directory, absolute; created if missing. One rename publishes the artifact into it. */
  readonly outDir: string;
  /** Whether a newly created output directory gets a `.gitignore` that ignores everything in it; false by default. */
  readonly ignoredByGit?: boolean | undefined;
  /** The directory into which the caller publishes the artifact. It does not count as part of the source. */
  readonly publishedIn?: string | undefined;
  /** The path of the source in messages, if the build reads a temporary copy. */
  readonly shownAs?: string | undefined;
  /** The Python that the wheel is for, and that runs the hooks. */
  readonly interpreter: Interpreter;
  /** `snapshot` (default): on a private copy of the tree. `in-place`: in the tree, under its exclusive lock. */
  readonly strategy?: 'snapshot' | 'in-place' | undefined;
  /** Config settings for the backend (PEP 517). */
  readonly configSettings?: Readonly<Record<string, unknown>> | undefined;
  /** How long one hook may take, in ms; unlimited by default. */
  readonly timeoutMs?: number | undefined;
  /** False: the backend runs in the interpreter's own environment. */
  readonly isolation?: boolean | undefined;
  /** False: without isolation, do not check that the environment has the project's build requirements. */
  readonly checksRequirements?: boolean | undefined;
  /** `'use'` (default): returns a cached build. `'renew'`: builds again and caches the result. `'off'`: does not use the cache. */
  readonly cache?: 'use' | 'renew' | 'off' | undefined;
  /** Whether a cached build goes to the remote too. */
  readonly publishesKept?: boolean | undefined;
  /** Identifies the content of the source; see `SourceToBuild.identity`. */
  readonly sourceIdentity?: string | undefined;
  /** Receives every line that the backend prints. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Set by `buildProjects`: what the builds of one run share. */
  readonly shared?: SharedBuildOptions | undefined;
  /** The builds that wait for this one, outermost first. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/**
 * Builds one artifact of one tree. On return `outDir` holds the complete artifact, checked against its own RECORD. On a
 * throw `outDir` is unchanged. Does not write to the tree.
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
    // A cached build does not need these.
    const begins = event.type === 'cache' ? event.state !== 'hit' : event.type === 'requires';
    if (begins && !isTold) tool.onEvent({ event: 'building', source, kind });
    isTold ||= begins;
    engine.onEvent(event);
  };
  const result = await build({ ...engine, onEvent, kind, outDir: options.outDir }).catch((error: unknown) => {
    if (isTold) tool.onEvent({ event: 'build-stopped', source, kind });
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
  /** The directory in which the wheel file remains; by default a temporary one that is removed. */
  readonly outDir?: string | undefined;
  readonly kind: 'wheel' | 'editable';
  /** Receives the path and the sha256 (hex) of the file in `outDir`. */
  readonly onBuilt?: ((wheelPath: string, sha256: string) => void) | undefined;
}

/** Builds a source, or finds its cached build, and returns the wheel in the store. */
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

/** Finds a cached wheel that the store still has. Copies nothing and starts no process. */
async function findInStore(tool: Tool, options: BuildIntoStoreOptions): Promise<StoredWheel | undefined> {
  // A caller that wants the file too needs the publishing path.
  if (options.outDir !== undefined) return undefined;
  const engine = await engineOptions(tool, options);
  const { cache, cacheMode } = engine;
  if (cache === undefined || cacheMode === 'renew') return undefined;
  const { findBuilt } = await import('@wheelwright/pep517');
  const record = await findBuilt({ ...engine, kind: options.kind, cache });
  return record === undefined ? undefined : (await tool.store()).findWheel(record.artifact.sha256);
}

/** The same error with the path that the user knows. */
function renamed(error: unknown, from: string, to: string): unknown {
  if (from === to || !isCodedError(error)) return error;
  const { code, message, hint, cause, data } = error;
  const coded = new CodedError(code, message.replaceAll(from, to), { hint, cause, data: { ...data, path: to } });
  coded.name = error.name;
  return coded;
}

/** The options that every call of the build engine gets from the tool. */
export async function engineOptions(tool: Tool, options: Omit<BuildProjectOptions, 'kind' | 'outDir'>) {
  const { sourceDir, interpreter, onLog } = options;
  const store = await tool.store();
  const { buildsDir, dir } = store;
  return {
    sourceDir,
    interpreter: { executable: interpreter.executable, identity: interpreterIdentity(interpreter, store.facts) },
    ...(options.cache === 'off'
      ? {}
      : { cache: await openBuildCache(tool, options as { kind?: string }), cacheMode: options.cache }),
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
    // This runs beside the waiting build, which holds no job slot while its environment is made.
    openBuildSources(tool, { interpreter, shared, underConstruction }),
  );
}

/** Opens the sources of one resolution and builds them with the functions of this file. */
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

/** Builds an sdist, and a wheel from that sdist, so that the published sdist is known to build. */
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
