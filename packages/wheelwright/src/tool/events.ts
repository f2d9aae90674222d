// What a command tells while it runs: plain values, one per step that a person or a program would want to see.

/** One step of a command. `--json` prints each as a line; the terminal shows the ones for people. */
export type ToolEvent =
  | { readonly event: 'waiting'; readonly path: string; readonly holder?: string | undefined }
  | { readonly event: 'resolved'; readonly packages: number; readonly ms: number }
  | { readonly event: 'downloading'; readonly filename: string; readonly size?: number | undefined }
  | { readonly event: 'downloaded'; readonly filename: string; readonly size: number; readonly ms: number }
  | { readonly event: 'prepared'; readonly packages: number; readonly ms: number }
  | { readonly event: 'building'; readonly source: string; readonly kind: string }
  | { readonly event: 'backend-output'; readonly source: string; readonly text: string }
  | {
      readonly event: 'built';
      readonly source: string;
      readonly path: string;
      readonly sha256: string;
      readonly ms: number;
    }
  | { readonly event: 'checking'; readonly environment: string; readonly check: string }
  | { readonly event: 'check-output'; readonly text: string }
  | { readonly event: 'checked'; readonly environment: string; readonly check: string; readonly ms: number }
  | {
      readonly event: 'committed';
      readonly environment: string;
      readonly generation?: number | undefined;
      readonly ms: number;
    }
  | { readonly event: 'recovered'; readonly environment: string; readonly text: string }
  | { readonly event: 'warning'; readonly text: string };

/** Tells that a change was committed, where it was. */
export function tellCommitted(
  { onEvent }: { readonly onEvent: OnEvent },
  environment: string,
  { committed, generation }: { readonly committed: boolean; readonly generation?: number | undefined },
  startedMs: number,
): void {
  if (committed) onEvent({ event: 'committed', environment, generation, ms: Date.now() - startedMs });
}

/** Receives each event as it happens. It must not throw: a closed output never undoes a commit. */
export type OnEvent = (event: ToolEvent) => void;
