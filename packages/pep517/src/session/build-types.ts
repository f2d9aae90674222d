// What goes into a build and what comes out of it.
import type { LockHolder } from '@wheelwright/fslock';
import type { BuildCache } from '../build-cache.ts';
import type { ArtifactKind, CheckedArtifact } from '../build-record.ts';
import type { InterpreterRef, Provisioner, TreeUnderConstruction } from '../ports.ts';
import type { HookName } from '../runner/hook-outcome.ts';
import type { JobSlots } from '../runner/job-slots.ts';
import type { RunnerPool } from '../runner/runner-pool.ts';

/** `snapshot`: on a private copy, beside any other. `in-place`: in the tree itself, one at a time. */
export type BuildStrategy = 'snapshot' | 'in-place';

/** What is built, of what, for which Python, and where. */
export interface BuildOptions {
  /** A tree, or the path of an sdist. */
  readonly sourceDir: string;
  /** What is made of it. */
  readonly kind: ArtifactKind;
  /** Where the artifact goes, absolute; made where it is absent. */
  readonly outDir: string;
  /** The Python that it is for. */
  readonly interpreter: InterpreterRef;
  /** Whether an out directory that is made gets a `.gitignore` for all of it; false unless given. */
  readonly ignoredByGit?: boolean | undefined;
  /** Makes the environment that hooks run in. */
  readonly provisioner: Provisioner;
  /** Where snapshots live, absolute: best on the file system of the sources, so that blocks can be shared. */
  readonly buildsDir: string;
  /** Where the whole output of a failed build is kept, absolute; kept nowhere unless given. */
  readonly logsDir?: string | undefined;
  /** Absolute directories that are no part of any source, such as a cache that may lie in one. */
  readonly leaveOut?: readonly string[] | undefined;
  /** The variables that hooks see, before indexes' credentials are taken out. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** What the project says unless given, else `'snapshot'`; an editable wheel is always built in place, since it names that place. */
  readonly strategy?: BuildStrategy | undefined;
  /** What the hooks get as `config_settings` (PEP 517). */
  readonly configSettings?: Readonly<Record<string, unknown>> | undefined;
  /** How long the hooks may take together; for ever unless given. */
  readonly timeoutMs?: number | undefined;
  /** How long to wait for the lock on the tree; five minutes unless given. */
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the build, its processes included: PEP517_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Gets each event as it happens. It must not throw. */
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
  /** Limits how many hooks run at once over several builds. */
  readonly slots?: JobSlots | undefined;
  /** Shares imported backends over several builds. */
  readonly runners?: RunnerPool | undefined;
  /** Where builds are kept and found again; nowhere unless given. */
  readonly cache?: BuildCache | undefined;
  /** `'use'` (default), or `'renew'`: what is kept is not looked for, and replaced. */
  readonly cacheMode?: 'use' | 'renew' | undefined;
  /** What the source is, where the caller knows it: it stands for the content, which is then not read for the key. */
  readonly sourceIdentity?: string | undefined;
  /** From the provisioner that builds: what waits for this build. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/** A step of a build. */
export type BuildEvent =
  /** Something odd about the project, or a warning that the backend printed. */
  | { readonly type: 'warning'; readonly message: string }
  /** The lock on the tree is held by another for more than a second. */
  | { readonly type: 'waiting'; readonly path: string; readonly holder: LockHolder | undefined }
  | { readonly type: 'requires'; readonly requirements: readonly string[] }
  | { readonly type: 'tree-changed'; readonly path: string; readonly attempt: number }
  | { readonly type: 'hook'; readonly hook: HookName; readonly state: 'started' | 'ended' }
  | { readonly type: 'log'; readonly line: string }
  /** Whether the build is one that was kept, and why not; after a build, whether it is kept. */
  | {
      readonly type: 'cache';
      readonly state: 'hit' | 'miss' | 'kept' | 'not-kept';
      readonly reasons: readonly string[];
    }
  /** What the build does now. */
  | { readonly type: 'phase'; readonly phase: 'environment' | 'snapshot' | 'hooks' | 'check' | 'publish' }
  | { readonly type: 'published'; readonly path: string };

/** A published artifact. */
export interface BuildResult extends CheckedArtifact {
  /** All that the hooks printed, with the user's paths; empty where none ran. */
  readonly log: string;
  /** Whether it was built before and no Python was started. */
  readonly reused: boolean;
  /** How long it took, waits included. */
  readonly ms: number;
}
