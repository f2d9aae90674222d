// The events that a command emits while it runs: plain values, one for each step that a person or a program may follow.

import type { FileConflict, UnremovableDistribution } from '@wheelwright/installer';
import type { RemoteStats } from '@wheelwright/remote-store';

/** One step of a command. `--json` prints each event as a line; the terminal shows those for people. */
export type ToolEvent =
  | { readonly event: 'waiting'; readonly path: string; readonly holder?: string | undefined }
  /** The command now holds the lock of the last `waiting` event. */
  | { readonly event: 'locked'; readonly path: string; readonly waitedMs: number }
  /** The resolver asks which versions of a name there are. */
  | { readonly event: 'looking-up'; readonly name: string }
  | { readonly event: 'resolved'; readonly packages: number; readonly ms: number }
  | { readonly event: 'downloading'; readonly filename: string; readonly size?: number | undefined }
  | {
      readonly event: 'downloaded';
      readonly filename: string;
      readonly size: number;
      readonly ms: number;
      /** Absent if no remote is configured. */
      readonly from?: 'remote' | 'index' | undefined;
    }
  /** How many wheels of the resolution the store does not have yet. `bytes` counts those whose size the index states. */
  | { readonly event: 'fetching'; readonly files: number; readonly bytes: number | undefined }
  /** At most four times a second for each file. `total` is the size that the server or the index states. */
  | {
      readonly event: 'download-progress';
      readonly filename: string;
      readonly received: number;
      readonly total: number | undefined;
    }
  /** A downloaded wheel is in the store, verified. */
  | { readonly event: 'unpacked'; readonly filename: string }
  | { readonly event: 'prepared'; readonly packages: number; readonly ms: number }
  | { readonly event: 'building'; readonly source: string; readonly kind: string }
  /** A hook of the build backend (PEP 517) began or ended. */
  | {
      readonly event: 'build-hook';
      readonly source: string;
      readonly hook: string;
      readonly state: 'started' | 'ended';
    }
  | { readonly event: 'backend-output'; readonly source: string; readonly text: string }
  | {
      readonly event: 'built';
      readonly source: string;
      readonly path: string;
      readonly sha256: string;
      /** Whether the artifact comes from the build cache, with the bytes of the earlier build. */
      readonly reused: boolean;
      readonly ms: number;
    }
  /** A build that had begun failed or was aborted. Its caller gets the error. */
  | { readonly event: 'build-stopped'; readonly source: string; readonly kind: string }
  | {
      readonly event: 'build-cache';
      readonly source: string;
      /** `hit`: returned from the cache. `miss`: to be built, for these reasons. `kept`, `not-kept`: after the build. */
      readonly state: 'hit' | 'miss' | 'kept' | 'not-kept';
      readonly reasons: readonly string[];
    }
  /** A step of a build. `queue`: its next hook waits, since as many hooks run as may run at once. */
  | { readonly event: 'build-phase'; readonly source: string; readonly phase: 'queue' | 'check' | 'publish' }
  /** How many of the builds of this run have ended. */
  | { readonly event: 'builds'; readonly ended: number; readonly of: number }
  /** The build of `source` waits for the wheels of other trees of this run. `for` is empty when it has them, or when one of them failed. */
  | { readonly event: 'build-waits'; readonly source: string; readonly for: readonly string[] }
  /** The transaction on the environment begins. */
  | { readonly event: 'installing'; readonly environment: string; readonly packages: number }
  | { readonly event: 'checking'; readonly environment: string; readonly check: string }
  | { readonly event: 'check-output'; readonly text: string }
  | { readonly event: 'checked'; readonly environment: string; readonly check: string; readonly ms: number }
  | {
      readonly event: 'committed';
      readonly environment: string;
      readonly generation?: number | undefined;
      readonly ms: number;
    }
  | {
      /** Two distributions have different content for one path, and the conflict policy chose `winner`. */
      readonly event: 'conflict';
      readonly environment: string;
      /** Relative to the environment. */
      readonly path: string;
      readonly winner: string;
      readonly losers: readonly string[];
    }
  | {
      /** The remote, or one of its functions, was turned off. The command continues without it. */
      readonly event: 'remote-off';
      readonly remote: string;
      readonly what: 'all' | 'writes' | 'single-flight';
      readonly code: string;
      readonly text: string;
      readonly hint?: string | undefined;
    }
  /** The content of a remote object does not match its key. It was not used. */
  | { readonly event: 'remote-altered'; readonly remote: string; readonly key: string; readonly text: string }
  /** What the remote did in this command. */
  | ({ readonly event: 'remote-used'; readonly remote: string } & Readonly<RemoteStats>)
  | { readonly event: 'recovered'; readonly environment: string; readonly text: string }
  | { readonly event: 'warning'; readonly text: string };

/** What a change did, as far as events report it. */
export interface ReportedChange {
  readonly committed: boolean;
  readonly generation?: number | undefined;
  readonly conflicts?: readonly FileConflict[] | undefined;
  readonly unremovable?: readonly UnremovableDistribution[] | undefined;
}

/** Reports a commit, and the conflicts and unremovable distributions that a user may not expect. */
export function tellCommitted(
  { onEvent }: { readonly onEvent: OnEvent },
  environment: string,
  { committed, generation, conflicts = [], unremovable = [] }: ReportedChange,
  startedMs: number,
): void {
  for (const { path, winner, owners } of committed ? conflicts : []) {
    const losers = [...new Set(owners)].filter((owner) => owner !== winner);
    onEvent({ event: 'conflict', environment, path, winner, losers });
  }
  for (const { name, version, reason } of unremovable) {
    onEvent({ event: 'warning', text: `${name} ${version} was not asked for and stays: ${reason}.` });
  }
  if (committed) onEvent({ event: 'committed', environment, generation, ms: Date.now() - startedMs });
}

/** Receives each event as it happens. It must not throw: a closed output never undoes a commit. */
export type OnEvent = (event: ToolEvent) => void;
