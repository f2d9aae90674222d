// Events of the remote, for display. None of them changes the result of a command.
import type { RemoteErrorCode } from './errors.ts';

/** One thing that happened at the remote. */
export type RemoteEvent =
  /** The remote is not used any more for a while or for the rest of the run, or is not written to. Told once. */
  | {
      readonly type: 'remote-off';
      readonly remote: string;
      readonly what: 'all' | 'writes' | 'single-flight';
      readonly code: RemoteErrorCode;
      readonly message: string;
      readonly hint?: string | undefined;
    }
  /** An object is not what its key says. It was not used. */
  | { readonly type: 'remote-altered'; readonly remote: string; readonly key: string; readonly message: string }
  /** Another machine builds this key; told when the wait begins. */
  | { readonly type: 'remote-waiting'; readonly key: string; readonly holder: string }
  /** The holder of the lease was silent for too long; this machine builds instead. */
  | { readonly type: 'remote-takeover'; readonly key: string; readonly holder: string }
  /** An object was written. */
  | { readonly type: 'remote-stored'; readonly key: string; readonly size: number }
  /** Something could not be written, and the work goes on without it. */
  | { readonly type: 'remote-not-stored'; readonly key: string; readonly message: string };

/** What a cache did since it was opened. */
export interface RemoteStats {
  /** Artifacts that came from the remote, and were what they should be. */
  hits: number;
  /** Artifacts that the remote did not have, or not as they should be. */
  misses: number;
  /** Objects that were not what their key says. */
  altered: number;
  /** Objects written. */
  stored: number;
  /** Objects of packs that were used, counted among the hits too. */
  packed: number;
  /** In bytes, of the hits. */
  receivedBytes: number;
  /** In bytes, of what was written. */
  sentBytes: number;
  /** Waits for a build of another machine. */
  waits: number;
  /** How long these waits took in all, in ms. */
  waitedMs: number;
  /** Builds taken over from a machine that fell silent. */
  takeovers: number;
}

export function newStats(): RemoteStats {
  return {
    hits: 0,
    misses: 0,
    altered: 0,
    stored: 0,
    packed: 0,
    receivedBytes: 0,
    sentBytes: 0,
    waits: 0,
    waitedMs: 0,
    takeovers: 0,
  };
}
