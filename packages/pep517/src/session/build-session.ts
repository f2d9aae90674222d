// The steps that all kinds of builds share: validate and copy the source, provide the environment, import the backend, call
// its hooks. When a session ends, also by an error, none of its processes and files is left.
import path from 'node:path';
import type { Turn } from '../build-cache.ts';
import { Pep517Error } from '../pep517-error.ts';
import type { ProvidedEnvironment } from '../ports.ts';
import { type Project, readProject } from '../project/project.ts';
import { runsSetuptoolsAlone, setuptoolsModules } from '../project/uses-only-setuptools.ts';
import type { ObservedCall } from '../runner/backend-runner.ts';
import { writeChildObserver } from '../runner/child-script.ts';
import { hookEnvironment } from '../runner/hook-environment.ts';
import type { HookName } from '../runner/hook-outcome.ts';
import { ownPlaces } from '../runner/own-places.ts';
import { type Observation, readNotes } from '../runner/read-notes.ts';
import { type StartedRunner, startOwnRunner } from '../runner/runner-pool.ts';
import { type BuildArea, childObserverDir, dependencyFile, notesFile, openBuildArea } from './build-area.ts';
import { refuseCycle } from './build-cycle.ts';
import { BuildLog, warningIn } from './build-log.ts';
import type { BuildOptions } from './build-types.ts';
import { type CleanUp, withCleanUps } from './clean-ups.ts';
import { abortedError, createDeadline, type Deadline } from './deadline.ts';
import { hidePaths } from './hidden-paths.ts';
import { type FailedHook, hookFailure, requirementsFrom } from './hook-failure.ts';
import { withLog } from './keep-log.ts';
import { type PlacedTree, placeTree, worksInPlace } from './place-tree.ts';
import { type BuildSource, isSdistFile, openSdistSource } from './source.ts';

export type SessionOptions = Omit<BuildOptions, 'outDir'> & {
  readonly outDir?: string | undefined;
  /** Whether the inputs of the hooks are observed. */
  readonly observes?: boolean | undefined;
  /** Remembers what the hook get_requires_for_build_wheel of setuptools answers in the environment of this build. */
  readonly remembers?: Remembers | undefined;
  /** Runs what may wait for other builds; see `Turn`. */
  readonly pause?: Turn['pause'] | undefined;
};

/** A text that outlives the build; undefined if it was not written. */
export interface Remembers {
  read(): string | undefined;
  write(text: string): void;
}

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
    const required =
      this.#knownRequires() ?? requirementsFrom(this.project, hook, await this.call(hook, [configSettings], []));
    if (this.#canRemember) this.#options.remembers?.write(JSON.stringify(required));
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

  /**
   * Whether the answer of get_requires depends on the version of setuptools alone: the tree has no code of its own and asks
   * for nothing, so all such trees get one answer.
   */
  get #canRemember(): boolean {
    const { kind, configSettings = {}, remembers } = this.#options;
    return remembers !== undefined && kind === 'wheel' && Object.keys(configSettings).length === 0 && this.#runsAlone;
  }

  #knownRequires(): readonly string[] | undefined {
    if (!this.#canRemember) return undefined;
    try {
      const known: unknown = JSON.parse(this.#options.remembers?.read() ?? '');
      return Array.isArray(known) && known.every((each) => typeof each === 'string') ? known : undefined;
    } catch {
      return undefined;
    }
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
      return this.#run(hook, args);
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
    throw hookFailure(this.#failed, hook, outcome);
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

  /** Whether a hook compiles. Only hooks that make wheels do; an sdist consists of sources. */
  async #hiddenPaths(): Promise<Record<string, string>> {
    const { kind, environment } = this.#options;
    if (kind === 'sdist' || worksInPlace(this.#options, this.project)) return {};
    const { project, area, deadline } = this;
    const places = { areaDir: area.dir, treeDir: this.#tree!.dir, environmentDirs: this.#environmentDirs };
    const at = { ...places, environment, signal: deadline.signal };
    return await hidePaths({ project, ...at });
  }

  get #failed(): FailedHook {
    const { project, log } = this;
    const isCopy = this.#source.unpackedDir === undefined && !worksInPlace(this.#options, project);
    return { project, log, isCopy };
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
    const { project, area, log, deadline } = this;
    const inTree = project.backendPath.length > 0;
    const start =
      (!inTree && !worksInPlace(this.#options, this.project) && this.#options.runners?.start) || startOwnRunner;
    const isKnown = environment.isolated !== false && besides.length === 0 && this.#runsAlone;
    const fds = [environment.leaseFd, ...(start === startOwnRunner ? [area.leaseFd, this.#tree?.lock?.fd] : [])];
    this.#runner = await start({
      python: environment.python,
      environment: hookEnvironment(this.#options.environment, environment),
      backend: project.backend,
      backendPath: project.backendPath.map((entry) => path.join(this.#tree!.dir, entry)),
      ...(isKnown ? { preload: setuptoolsModules, endsAtOnce: true } : {}),
      ...(this.#options.observes === true ? { observe: this.#environmentDirs } : {}),
      // A backend of the tree may read files of the tree as it is imported.
      cwd: inTree ? this.#tree!.dir : path.dirname(area.dir),
      inheritFds: fds.filter((fd) => fd !== undefined),
      signal: deadline.signal,
      onOutput: (chunk) => log.write(chunk),
    }).catch((error: unknown) => {
      throw deadline.signal.aborted ? deadline.error() : error;
    });
    const { imported } = this.#runner;
    if (imported.outcome === 'result') return;
    await this.#runner.end();
    deadline.check();
    throw hookFailure(this.#failed, `build_${this.#options.kind}`, imported);
  }

  /** The file for the observed inputs, and the module with which other Pythons write to it. */
  #observe(): ObservedCall {
    const { area } = this;
    const { dir, shownAs } = this.#tree!;
    const beside = shownAs[0]?.from ?? dir;
    const own = [area.outDir, ...(area.temporaryDir === undefined ? [] : [area.temporaryDir])];
    const call = { beside, notesFile: notesFile(area), childDir: childObserverDir(area), private: own };
    const skipped = this.#environmentDirs;
    if (this.#ended === 0) writeChildObserver(call.childDir, { ...call, skipped, tree: dir });
    return call;
  }

  /** The directory of the environment, as the runner gets it. */
  get #environmentDirs(): string[] {
    return ownPlaces([path.dirname(this.#binDir)]).map((dir) => `${dir}/`);
  }

  async #run(hook: HookName, args: readonly unknown[]) {
    const { onEvent } = this.#options;
    const { temporaryDir } = this.area;
    const { dir } = this.#tree!;
    const hidden = hook.startsWith('build_') ? await this.#hiddenPaths() : {};
    const observed = this.#options.observes === true ? this.#observe() : undefined;
    onEvent?.({ type: 'hook', hook, state: 'started' });
    const outcome = await this.#runner!.runner.call({
      hook,
      args,
      cwd: dir,
      environ: {
        PWD: dir,
        ...(temporaryDir === undefined ? {} : { TMPDIR: temporaryDir }),
        ...hidden,
        // gcc and clang append the files that they read there, including system headers.
        ...(observed === undefined
          ? {}
          : { SUNPRO_DEPENDENCIES: dependencyFile(this.area), PYTHONPATH: observed.childDir }),
      },
      observed,
      // The modes of new files must depend on the tree, not on the umask of the user.
      umask: worksInPlace(this.#options, this.project) ? undefined : 0o022,
      signal: this.deadline.signal,
      onOutput: (chunk) => this.log.write(chunk),
    });
    this.log.flush();
    onEvent?.({ type: 'hook', hook, state: 'ended' });
    return outcome;
  }
}
