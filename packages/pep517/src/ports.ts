// What a build needs from outside and does not do itself: an environment that holds the build's requirements. The
// umbrella implements it with the store and the resolver; `pip-provisioner.ts` is for those who use pep517 alone.

/** The Python that a build is for. */
export interface InterpreterRef {
  /** Path of the executable. */
  readonly executable: string;
  /**
   * What its builds depend on, by names that hold on every machine: implementation, version, ABI, platform. Without it
   * no build is kept.
   */
  readonly identity?: Readonly<Record<string, unknown>> | undefined;
}

/** A tree that is being built, or waits for the build of something that it requires. */
export interface TreeUnderConstruction {
  /** Real path of the tree. */
  readonly dir: string;
  /** Its declared name, where `pyproject.toml` has one. */
  readonly name?: string | undefined;
}

/** The circumstances of a request for an environment. */
export interface ProvideOptions {
  /** Ends the work; `provide` then throws. */
  readonly signal?: AbortSignal | undefined;
  /** The builds that wait for this one, outermost first. A provisioner that builds hands it on to {@link build}. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/** Why an environment gets more. */
export interface ExtendOptions {
  /** The hook that asked for it: `get_requires_for_build_wheel`. */
  readonly askedBy: string;
}

/** Makes environments that hold what a build requires. */
export interface Provisioner {
  /** An environment of the interpreter with the requirements and all that they need. It is released by the caller. */
  provide(
    requirements: readonly string[],
    interpreter: InterpreterRef,
    options: ProvideOptions,
  ): Promise<ProvidedEnvironment>;
  /**
   * The hashes of all wheels that such an environment would hold, sorted, without making it; undefined where they cannot
   * be known. Absent: no build in its environments is kept.
   */
  identify?(
    requirements: readonly string[],
    interpreter: InterpreterRef,
    options: ProvideOptions,
  ): Promise<readonly string[] | undefined>;
}

/** An environment that stays as it is until it is released. */
export interface ProvidedEnvironment {
  /** Path of its Python. */
  readonly python: string;
  /** Its scripts; they come first on the hooks' PATH. */
  readonly binDir: string;
  /** False where hooks run in an environment of the user: PYTHONPATH and VIRTUAL_ENV are then left alone. */
  readonly isolated?: boolean | undefined;
  /** What is passed to the runner, so that the environment lives until the last hook has ended. */
  readonly leaseFd?: number | undefined;
  /** The same with these requirements too; this one stays valid. Absent: the user sees to them (no isolation). */
  extend?(requirements: readonly string[], options: ExtendOptions): Promise<ProvidedEnvironment>;
  /** Lets it go: the provisioner may remove it once no process holds its lease. */
  release(): Promise<void>;
}
