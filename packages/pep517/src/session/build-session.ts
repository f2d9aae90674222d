// The steps that all kinds of builds share: validate and copy the source, provide the environment, import the backend, call
// its hooks. When a session ends, also by an error, none of its processes and files is left.
import path from 'node:path';
import { Pep517Error } from '../pep517-error.ts';
import type { ProvidedEnvironment } from '../ports.ts';
import { type Project, readProject } from '../project/project.ts';
import { runsSetuptoolsAlone } from '../project/uses-only-setuptools.ts';
import type { HookName } from '../runner/hook-outcome.ts';
import { type Observation, readNotes } from '../runner/read-notes.ts';
import type { StartedRunner } from '../runner/runner-pool.ts';
import { type BuildArea, notesFile, openBuildArea } from './build-area.ts';
import { refuseCycle } from './build-cycle.ts';
import { BuildLog, warningIn } from './build-log.ts';
import { type CleanUp, withCleanUps } from './clean-ups.ts';
import { abortedError, createDeadline, type Deadline } from './deadline.ts';
import { hookFailure, requirementsFrom } from './hook-failure.ts';
import { withLog } from './keep-log.ts';
import { type PlacedTree, placeTree, worksInPlace } from './place-tree.ts';
import { runHook } from './run-hook.ts';
import { failedHook, type SessionOptions, type SessionParts } from './session-options.ts';
import { memoryOf, recallRequires } from './setuptools-requires.ts';
import { type BuildSource, isSdistFile, openSdistSource } from './source.ts';
import { environmentDirsOf, startBackend } from './start-backend.ts';

/**
 * Opens a session with the project's requirements for `kind`, runs `work` in it, and closes it.
 * Codes: all of PEP517_… except BAD_ARTIFACT; FSLOCK_TIMEOUT; SDIST_…; errors of the provisioner.
 */
export async function withBuildSession<T>(
  request: SessionOptions,
  work: (session: BuildSession) => Promise<T>,
): Promise<T> {
  // Copies the options, so that a later change of the caller's objects does not affect this build.
  const options = { ...request, environment: { ...request.environment } };
  const { signal, sourceDir } = options;
  // 1. Validate everything that is known before any work.                       crash here: nothing was done.
  const project = isSdistFile(sourceDir) ? undefined : readProject(sourceDir);
  const place = project?.dir ?? path.resolve(sourceDir);
  if (signal?.aborted) throw abortedError(place, signal);
  if (project !== undefined) refuseCycle(project, options.underConstruction);
  return await withCleanUps(async (defer) => {
    // 2. A private directory under a lease.                                     crash here: swept by the next build.
    const area = await openBuildArea(options.buildsDir, place);
    defer(() => area.release());
    const source = project === undefined ? await openSdistSource(place, area, signal) : { project };
    const session = new BuildSession(source, area, options, defer);
    defer(() => session.end());
    try {
      await session.open();
      return await work(session);
    } catch (error) {
      // Nothing may write into the log any more.
      await session.end();
      throw withLog(error, session.project, session.log, options.logsDir);
    }
  });
}

/** The hooks of one project, ready to be called. */
export class BuildSession {
  readonly project: Project;
  readonly area: BuildArea;
  readonly log: BuildLog;
  readonly deadline: Deadline;
  /** The requirements that get_requires returned beyond `requires`. */
  requires: readonly string[] = [];
  readonly #source: BuildSource;
  readonly #options: SessionOptions;
  readonly #defer: (cleanUp: CleanUp) => void;
  /** Warnings of the backend that were reported. */
  readonly #warned = new Set<string>();
  #isAlone: boolean | undefined;
  #tree: PlacedTree | undefined;
  #binDir = '';
  /** How many hooks have returned. */
  #ended = 0;
  #runner: StartedRunner | undefined;

  constructor(source: BuildSource, area: BuildArea, options: SessionOptions, defer: (cleanUp: CleanUp) => void) {
    this.project = source.project;
    this.area = area;
    this.log = new BuildLog({ onLine: (line) => this.#tellLine(line), file: path.join(area.dir, 'log') });
    defer(() => {
      this.log.close();
    });
    if (options.outDir !== undefined) this.log.showAs([{ from: area.outDir, to: path.resolve(options.outDir) }]);
    this.deadline = createDeadline(this.project.dir, options);
    defer(() => this.deadline.stop());
    this.#source = source;
    this.#options = options;
    this.#defer = defer;
  }

  /** Steps 3 and 4 of docs/protocols/build.md, up to the hook that builds. */
  async open(): Promise<void> {
    const { onEvent, configSettings = {}, kind } = this.#options;
    for (const message of this.project.warnings) onEvent?.({ type: 'warning', message });
    // 3. Provide the environment, place the tree, import the backend.          crash here: the area is swept.
    const environment = await this.#prepare();
    // 4. Call the hooks.                              crash here: they end, their lock is free, the area is swept.
    if (environment.extend === undefined) return;
    const hook = `get_requires_for_build_${kind}` as const;
    const memory = memoryOf(this.#options, () => this.#runsAlone);
    const required =
      recallRequires(memory) ?? requirementsFrom(this.project, hook, await this.call(hook, [configSettings], []));
    memory?.write(JSON.stringify(required));
    const missing = required.filter((requirement) => !this.project.requires.includes(requirement));
    if (missing.length === 0) return;
    onEvent?.({ type: 'requires', requirements: missing });
    this.requires = missing;
    // Modules imported before the environment was extended may have looked for new packages, so start a fresh runner.
    await this.#runner?.end();
    this.#runner = undefined;
    const extend = environment.extend.bind(environment, missing, { askedBy: hook });
    const extended = await (this.#options.pause?.(extend) ?? extend());
    this.#defer(() => extended.release());
    await this.#start(extended, missing);
  }

  /** Whether the hooks run no code but that of setuptools. */
  get #runsAlone(): boolean {
    this.#isAlone ??= runsSetuptoolsAlone(this.project, this.#source.unpackedDir ?? this.project.dir);
    return this.#isAlone;
  }

  /** Calls a hook in a process of its own. Returns `whenMissing`, if given, for a hook that the backend does not have. */
  async call(hook: HookName, args: readonly unknown[], whenMissing?: unknown): Promise<unknown> {
    const { slots, onEvent } = this.#options;
    const { signal } = this.deadline;
    const onWait = () => onEvent?.({ type: 'phase', phase: 'queue' });
    const run = () => {
      this.deadline.begin();
      return runHook(this.#parts, this.#hookPlace, hook, args);
    };
    // Waiting for a slot does not count as time of the build.
    if (slots !== undefined) this.deadline.pause();
    const outcome = await (slots?.run(run, { signal, onWait }) ?? run()).catch((error: unknown) => {
      throw signal.aborted ? this.deadline.error() : error;
    });
    this.deadline.check();
    if (outcome.outcome === 'result') {
      this.#ended += 1;
      return outcome.value;
    }
    if (outcome.outcome === 'missing' && whenMissing !== undefined) return whenMissing;
    await this.end();
    throw hookFailure(failedHook(this.#parts), hook, outcome);
  }

  /** Ends every process of the build, then releases the tree. */
  async end(): Promise<void> {
    const [runner, tree] = [this.#runner, this.#tree];
    this.#runner = undefined;
    this.#tree = undefined;
    await runner?.end();
    tree?.lock?.release();
  }

  /** The directory in which the hooks work; undefined before {@link open} and after {@link end}. */
  get place(): PlacedTree | undefined {
    return this.#tree;
  }

  /** The scripts directory of the environment of the hooks. */
  get binDir(): string {
    return this.#binDir;
  }

  /** The observed inputs of the called hooks, if they are observed. */
  observed(): Observation {
    return readNotes(notesFile(this.area), this.#ended);
  }

  #tellLine(line: string): void {
    const { onEvent } = this.#options;
    onEvent?.({ type: 'log', line });
    const message = warningIn(line);
    if (message === undefined || this.#warned.has(message)) return;
    this.#warned.add(message);
    onEvent?.({ type: 'warning', message });
  }

  async #prepare(): Promise<ProvidedEnvironment> {
    const { signal } = this.#options;
    try {
      if (worksInPlace(this.#options, this.project)) {
        // Do not keep the tree locked during a download.
        const environment = await this.#provide();
        await this.#place();
        await this.#start(environment);
        return environment;
      }
      const inTree = this.project.backendPath.length > 0;
      const placed = this.#place();
      // A backend that is not in the tree is imported while the tree is copied.
      const provided = this.#provide().then(async (environment) => {
        if (inTree) await placed;
        await this.#start(environment);
        return environment;
      });
      const [tree, environment] = await Promise.allSettled([placed, provided]);
      if (tree.status === 'rejected') throw tree.reason;
      if (environment.status === 'rejected') throw environment.reason;
      return environment.value;
    } catch (error) {
      throw signal?.aborted && !(error instanceof Pep517Error) ? abortedError(this.project.dir, signal) : error;
    }
  }

  async #provide(): Promise<ProvidedEnvironment> {
    const { provisioner, interpreter, signal, onEvent, underConstruction = [] } = this.#options;
    const { requires, dir, name } = this.project;
    onEvent?.({ type: 'requires', requirements: requires });
    const builds = [...underConstruction, { dir, name }];
    const environment = await provisioner.provide(requires, interpreter, { signal, underConstruction: builds });
    this.#defer(() => environment.release());
    return environment;
  }

  async #place(): Promise<void> {
    this.#tree = await placeTree(this.#source, this.area, this.#options);
    this.log.showAs(this.#tree.shownAs);
  }

  async #start(environment: ProvidedEnvironment, besides: readonly string[] = []): Promise<void> {
    this.deadline.begin();
    this.deadline.check();
    this.#binDir = environment.binDir;
    const runsAlone = environment.isolated !== false && besides.length === 0 && this.#runsAlone;
    this.#runner = await startBackend(this.#parts, { environment, tree: this.#tree, runsAlone });
  }

  get #parts(): SessionParts {
    const { project, area, log, deadline } = this;
    return { source: this.#source, project, area, log, deadline, options: this.#options };
  }

  get #hookPlace() {
    const environmentDirs = environmentDirsOf(this.#binDir);
    return { runner: this.#runner!, tree: this.#tree!, environmentDirs, isFirst: this.#ended === 0 };
  }
}
