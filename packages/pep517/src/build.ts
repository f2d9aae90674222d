// A source tree becomes an artifact: validated, placed apart, its hooks run, the outcome checked, then published.
// The steps and what a crash in each leaves behind: docs/protocols/build.md, in the same numbers.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { BackendRunner } from './backend-runner.ts';
import { type BuildArea, openBuildArea } from './build-area.ts';
import { BuildLog } from './build-log.ts';
import type { ArtifactKind, BuildOptions, BuildResult } from './build-types.ts';
import { checkArtifact } from './check-artifact.ts';
import { type CleanUp, withCleanUps } from './clean-ups.ts';
import { abortedError, type Deadline, startDeadline } from './deadline.ts';
import { hookEnvironment } from './hook-environment.ts';
import { backendName, hookFailure } from './hook-failure.ts';
import type { HookName } from './hook-outcome.ts';
import { Pep517Error } from './pep517-error.ts';
import { type PlacedTree, placeTree, worksInPlace } from './place-tree.ts';
import type { ProvidedEnvironment } from './ports.ts';
import { type Project, readProject } from './project.ts';
import { publishArtifact } from './publish-artifact.ts';

/**
 * Builds one artifact of the tree at `sourceDir` and publishes it into `outDir`. On a throw nothing is published,
 * nothing is left behind and no process of the build runs; the tree is as it was (`snapshot`) or as the backend left
 * it (`in-place`). After a crash of this process the hooks end by themselves and the next build sweeps what is left.
 * Codes: PEP517_…; FSLOCK_TIMEOUT where the tree stays locked; whatever the provisioner throws.
 */
export async function build(request: BuildOptions): Promise<BuildResult> {
  // What the caller, or another build, changes later in the objects it gave does not reach this build half-way.
  const options = { ...request, environment: { ...request.environment } };
  // 1. Everything that can be known before any work is checked.               crash here: nothing was done.
  const project = readProject(options.sourceDir);
  refuseCycle(project, options);
  for (const message of project.warnings) options.onEvent?.({ type: 'warning', message });
  const outDir = path.resolve(options.outDir);
  return await withCleanUps(async (defer) => {
    // 2. A private directory under a lease.                                    crash here: swept by the next build.
    const area = await openBuildArea(options.buildsDir, project.dir);
    defer(() => area.release());
    const real = { ...options, outDir: realOrSame(outDir), buildsDir: path.dirname(area.dir) };
    // 3. The environment, and the tree where the hooks will work.              crash here: the same.
    const { environment, tree } = await prepare(project, area, real, defer);
    const log = new BuildLog((line) => options.onEvent?.({ type: 'log', line }));
    log.showAs([...tree.shownAs, { from: area.outDir, to: outDir }]);
    // 4. The hooks.                                   crash here: they end, their lock is free, the area is swept.
    const deadline = startDeadline(project.dir, options);
    defer(() => deadline.stop());
    const returned = await runHooks({ project, area, tree, environment, log, deadline, options }, defer);
    // 5. The artifact is held against what it says.                            crash here: nothing was published.
    const artifact = await checkArtifact({
      project,
      kind: options.kind,
      returned,
      dir: area.outDir,
      scratchDir: path.join(area.dir, 'c'),
      signal: deadline.signal,
    }).catch((error: unknown) => {
      throw deadline.signal.aborted && !(error instanceof Pep517Error) ? deadline.error() : error;
    });
    if (deadline.signal.aborted) throw deadline.error();
    // 6. Published.                                                     crash here: the old artifact or the new one.
    const published = publishArtifact(artifact.path, outDir);
    options.onEvent?.({ type: 'published', path: published });
    log.flush();
    return { ...artifact, path: published, log: log.text };
  });
}

async function prepare(
  project: Project,
  area: BuildArea,
  options: BuildOptions,
  defer: (cleanUp: CleanUp) => void,
): Promise<{ environment: ProvidedEnvironment; tree: PlacedTree }> {
  const { provisioner, interpreter, signal, onEvent } = options;
  if (signal?.aborted) throw abortedError(project.dir, signal);
  onEvent?.({ type: 'requires', requirements: project.requires });
  const provide = async () => {
    const underConstruction = [...(options.underConstruction ?? []), { dir: project.dir, name: project.name }];
    const environment = await provisioner.provide(project.requires, interpreter, { signal, underConstruction });
    defer(() => environment.release());
    return environment;
  };
  try {
    // Nobody waits for a download with the tree locked.
    if (worksInPlace(options)) {
      const environment = await provide();
      return { environment, tree: await placeTree(project, area, options, defer) };
    }
    const [environment, tree] = await Promise.allSettled([provide(), placeTree(project, area, options, defer)]);
    if (tree.status === 'rejected') throw tree.reason;
    if (environment.status === 'rejected') throw environment.reason;
    return { environment: environment.value, tree: tree.value };
  } catch (error) {
    throw signal?.aborted && !(error instanceof Pep517Error) ? abortedError(project.dir, signal) : error;
  }
}

interface HooksContext {
  readonly project: Project;
  readonly area: BuildArea;
  readonly tree: PlacedTree;
  readonly environment: ProvidedEnvironment;
  readonly log: BuildLog;
  readonly deadline: Deadline;
  readonly options: BuildOptions;
}

const suffixOf: Readonly<Record<ArtifactKind, 'wheel' | 'sdist' | 'editable'>> = {
  wheel: 'wheel',
  sdist: 'sdist',
  editable: 'editable',
};

/** Asks what the build requires, sees to it, builds. Gives what the building hook returned; no process is left. */
async function runHooks(context: HooksContext, defer: (cleanUp: CleanUp) => void): Promise<unknown> {
  const { project, area, environment, options } = context;
  const suffix = suffixOf[options.kind];
  const settings = options.configSettings ?? {};
  let runner = await startRunner(context, environment);
  try {
    if (environment.extend !== undefined) {
      const extra = await callHook(context, runner, `get_requires_for_build_${suffix}`, [settings], []);
      const missing = checkRequirements(context, `get_requires_for_build_${suffix}`, extra).filter(
        (requirement) => !project.requires.includes(requirement),
      );
      if (missing.length > 0) {
        options.onEvent?.({ type: 'requires', requirements: missing });
        // What was imported before the extension may have looked for what came with it: a fresh runner.
        await runner.close();
        const extended = await environment.extend(missing);
        defer(() => extended.release());
        runner = await startRunner(context, extended);
      }
    }
    const args = suffix === 'sdist' ? [area.outDir, settings] : [area.outDir, settings, null];
    return await callHook(context, runner, `build_${suffix}`, args);
  } finally {
    await runner.close();
  }
}

async function startRunner(context: HooksContext, environment: ProvidedEnvironment): Promise<BackendRunner> {
  const { project, area, tree, log, deadline, options } = context;
  if (deadline.signal.aborted) throw deadline.error();
  const { runner, imported } = await BackendRunner.start({
    python: environment.python,
    environment: hookEnvironment(options.environment, environment),
    backend: project.backend,
    backendPath: project.backendPath.map((entry) => path.join(tree.dir, entry)),
    cwd: tree.dir,
    inheritFds: [area.leaseFd, environment.leaseFd, tree.lockFd].filter((fd) => fd !== undefined),
    signal: deadline.signal,
    onOutput: (chunk) => log.write(chunk),
  });
  if (imported.outcome === 'result') return runner;
  await runner.close();
  if (deadline.signal.aborted) throw deadline.error();
  throw hookFailure(project, `build_${suffixOf[options.kind]}`, imported, log);
}

async function callHook(
  context: HooksContext,
  runner: BackendRunner,
  hook: HookName,
  args: readonly unknown[],
  whenMissing?: unknown,
): Promise<unknown> {
  const { project, area, tree, log, deadline, options } = context;
  const run = async () => {
    options.onEvent?.({ type: 'hook', hook, state: 'started' });
    const outcome = await runner.call({
      hook,
      args,
      cwd: tree.dir,
      environ: { PWD: tree.dir, ...(area.temporaryDir === undefined ? {} : { TMPDIR: area.temporaryDir }) },
      signal: deadline.signal,
      onOutput: (chunk) => log.write(chunk),
    });
    log.flush();
    options.onEvent?.({ type: 'hook', hook, state: 'ended' });
    return outcome;
  };
  const outcome = await (options.slots?.run(run, deadline.signal) ?? run()).catch((error: unknown) => {
    throw deadline.signal.aborted ? deadline.error() : error;
  });
  if (deadline.signal.aborted) throw deadline.error();
  if (outcome.outcome === 'result') return outcome.value;
  if (outcome.outcome === 'missing' && whenMissing !== undefined) return whenMissing;
  await runner.close();
  throw hookFailure(project, hook, outcome, log);
}

function checkRequirements({ project }: HooksContext, hook: HookName, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new Pep517Error(
    'PEP517_BACKEND_FAILED',
    `${backendName(project)} returned ${JSON.stringify(value)} from ${hook} of ${project.dir}, not a list of strings.`,
    { hint: 'This is a fault of the build backend.', data: { path: project.dir, hook, returned: value } },
  );
}

function refuseCycle(project: Project, { underConstruction = [] }: BuildOptions): void {
  if (!underConstruction.some(({ dir }) => dir === project.dir)) return;
  const names = [...underConstruction, project].map(({ name, dir }) => name ?? dir);
  throw new Pep517Error('PEP517_BUILD_CYCLE', `A build requires itself: ${names.join(' → ')}.`, {
    hint: 'Provide one of them as a wheel.',
    data: { path: project.dir, cycle: names },
  });
}

function realOrSame(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}
