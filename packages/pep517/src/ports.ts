// The port through which a build gets an environment with its requirements. The package `wheelwright` implements it with
// the store and the resolver; `pip-provisioner.ts` implements it for programs that use pep517 alone.

/** The Python that a build is for. */
export interface InterpreterRef {
  /** Path of the executable. */
  readonly executable: string;
  /**
   * The facts that its builds depend on, in terms that mean the same on every machine: implementation, version, ABI,
   * platform. Without them no build is cached.
   */
  readonly identity?: Readonly<Record<string, unknown>> | undefined;
}

/** A tree that is being built, or that waits for the build of a requirement. */
export interface TreeUnderConstruction {
  /** Real path of the tree. */
  readonly dir: string;
  /** The name that `pyproject.toml` declares, if it does. */
  readonly name?: string | undefined;
}

/** Options of a request for an environment. */
export interface ProvideOptions {
  /** Ends the work; `provide` then throws. */
  readonly signal?: AbortSignal | undefined;
  /** The builds that wait for this one, outermost first. A provisioner that builds passes it on to {@link build}. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/** Why an environment gets further requirements. */
export interface ExtendOptions {
  /** The hook that returned them, for example `get_requires_for_build_wheel`. */
  readonly askedBy: string;
}

/** Makes environments that hold the requirements of builds. */
export interface Provisioner {
  /** Makes an environment of the interpreter with the requirements and their dependencies. The caller releases it. */
  provide(
    requirements: readonly string[],
    interpreter: InterpreterRef,
    options: ProvideOptions,
  ): Promise<ProvidedEnvironment>;
  /**
   * The hashes of all wheels that such an environment would hold, sorted, without making it; undefined if they cannot be
   * known. If the method is absent, no build in its environments is cached.
   */
  identify?(
    requirements: readonly string[],
    interpreter: InterpreterRef,
    options: ProvideOptions,
  ): Promise<readonly string[] | undefined>;
}

/** An environment that does not change until it is released. */
export interface ProvidedEnvironment {
  /** Path of its Python. */
  readonly python: string;
  /** The directory of its scripts, first on the hooks' PATH. */
  readonly binDir: string;
  /** False if hooks run in an environment of the user. PYTHONPATH and VIRTUAL_ENV are then unchanged. */
  readonly isolated?: boolean | undefined;
  /** Descriptors that the runner inherits, so that the environment lives until the last hook has ended. */
  readonly leaseFd?: number | undefined;
  /** Makes an environment with these requirements too; this one stays valid. Absent without isolation: the user installs them. */
  extend?(requirements: readonly string[], options: ExtendOptions): Promise<ProvidedEnvironment>;
  /** Releases it. The provisioner may remove it when no process holds its lease. */
  release(): Promise<void>;
}
