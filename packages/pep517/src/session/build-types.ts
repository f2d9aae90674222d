// The options, events and results of a build.
import type { LockHolder } from '@wheelwright/fslock';
import type { BuildCache } from '../build-cache.ts';
import type { ArtifactKind, CheckedArtifact } from '../build-record.ts';
import type { InterpreterRef, Provisioner, TreeUnderConstruction } from '../ports.ts';
import type { HookName } from '../runner/hook-outcome.ts';
import type { JobSlots } from '../runner/job-slots.ts';
import type { RunnerPool } from '../runner/runner-pool.ts';

/** `snapshot`: on a private copy, any number at once. `in-place`: in the tree itself, one at a time. */
export type BuildStrategy = 'snapshot' | 'in-place';

/** Options of a build. */
export interface BuildOptions {
  /** A tree, or the path of an sdist. */
  readonly sourceDir: string;
  /** The kind of artifact. */
  readonly kind: ArtifactKind;
  /** The output directory, absolute; created if missing. */
  readonly outDir: string;
  /** The Python that the artifact is for. */
  readonly interpreter: InterpreterRef;
  /** Whether a newly created output directory gets a `.gitignore` that ignores everything in it; false by default. */
  readonly ignoredByGit?: boolean | undefined;
  /** Makes the environment in which hooks run. */
  readonly provisioner: Provisioner;
  /** The directory of snapshots, absolute. On the file system of the sources, snapshots can share blocks with them. */
  readonly buildsDir: string;
  /** A directory for the complete logs of failed builds, absolute; by default they are not saved. */
  readonly logsDir?: string | undefined;
  /** Absolute directories that are not part of any source, such as a cache inside a tree. */
  readonly leaveOut?: readonly string[] | undefined;
  /** The variables of the hooks. Credentials of indexes are removed from them. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** By default the project's setting, else `'snapshot'`. An editable wheel contains the tree's path, so it is always built in place. */
  readonly strategy?: BuildStrategy | undefined;
  /** The `config_settings` of the hooks (PEP 517). */
  readonly configSettings?: Readonly<Record<string, unknown>> | undefined;
  /** How long all hooks together may take, in ms; unlimited by default. */
  readonly timeoutMs?: number | undefined;
  /** How long to wait for the lock on the tree, in ms; five minutes by default. */
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the build and its processes; it then throws PEP517_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each event as it happens. It must not throw. */
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
  /** Limits how many hooks run at once over several builds. */
  readonly slots?: JobSlots | undefined;
  /** Shares imported backends over several builds. */
  readonly runners?: RunnerPool | undefined;
  /** The build cache; none by default. */
  readonly cache?: BuildCache | undefined;
  /** `'use'` (default), or `'renew'`: builds without looking in the cache, and replaces the cached build. */
  readonly cacheMode?: 'use' | 'renew' | undefined;
  /**
   * Identifies the content of the source, if the caller knows it. The key then contains this text instead of a hash of the
   * content. Such a build is cached also where its code asks for the time, a process number or a random value.
   */
  readonly sourceIdentity?: string | undefined;
  /** Passed on by a provisioner that builds: the builds that wait for this one. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/** A step of a build. */
export type BuildEvent =
  /** A warning about the project, or one that the backend printed. */
  | { readonly type: 'warning'; readonly message: string }
  /** Another process has held the lock on the tree for more than a second. */
  | { readonly type: 'waiting'; readonly path: string; readonly holder: LockHolder | undefined }
  | { readonly type: 'requires'; readonly requirements: readonly string[] }
  | { readonly type: 'tree-changed'; readonly path: string; readonly attempt: number }
  | { readonly type: 'hook'; readonly hook: HookName; readonly state: 'started' | 'ended' }
  | { readonly type: 'log'; readonly line: string }
  /** Whether the build comes from the cache, and if not, why; after a build, whether it was cached. */
  | {
      readonly type: 'cache';
      readonly state: 'hit' | 'miss' | 'kept' | 'not-kept';
      readonly reasons: readonly string[];
    }
  /** The step that the build starts. `queue`: its next hook waits, since as many hooks run as may run at once. */
  | { readonly type: 'phase'; readonly phase: 'queue' | 'check' | 'publish' }
  | { readonly type: 'published'; readonly path: string };

/** A published artifact. */
export interface BuildResult extends CheckedArtifact {
  /** The output of the hooks, with the user's paths; empty if none ran. */
  readonly log: string;
  /** Whether it comes from the cache and no Python was started. */
  readonly reused: boolean;
  /** How long it took, including waits. */
  readonly ms: number;
}
