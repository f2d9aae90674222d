// Runners that the builds of one run share: each environment imports its backend once and forks for each hook of each tree.
// Only backends from the environment are shared; a backend in a tree belongs to that tree.
import { BackendRunner, type StartRunnerOptions } from './backend-runner.ts';
import type { HookOutcome } from './hook-outcome.ts';

/** A runner, and how its import of the backend ended. */
export interface StartedRunner {
  readonly runner: BackendRunner;
  readonly imported: HookOutcome;
  /** Ends the runner unless other builds use it. */
  end(): Promise<void>;
}

/** Holds runners until it is closed. */
export interface RunnerPool extends AsyncDisposable {
  /** Returns a runner that has imported the backend of the options: a new one, or one that other builds use too. */
  start(options: StartRunnerOptions): Promise<StartedRunner>;
  /** Ends all runners and their hooks. */
  close(): Promise<void>;
}

/** Starts a runner for one build only. */
export async function startOwnRunner(options: StartRunnerOptions): Promise<StartedRunner> {
  const { runner, imported } = await BackendRunner.start(options);
  return { runner, imported, end: () => runner.close() };
}

/** Makes a pool to pass to several builds as `runners`. Close it after the last one. */
export function createRunnerPool(): RunnerPool {
  const started = new Map<string, Promise<StartedRunner>>();
  const closing = new AbortController();
  const close = async () => {
    // No build waits for an import that hangs.
    closing.abort();
    const all = [...started.values()];
    started.clear();
    await Promise.allSettled(all.map(async (each) => (await each).runner.close()));
  };
  return {
    async start(options) {
      const { python, environment, backend, preload, endsAtOnce, observe } = options;
      const key = JSON.stringify([python, backend, preload, endsAtOnce, observe, Object.entries(environment).sort()]);
      // The first build starts it. An abort of one build does not end it for the others.
      let own = started.get(key);
      if (own === undefined) {
        own = startOwnRunner({ ...options, signal: closing.signal });
        started.set(key, own);
      }
      const { runner, imported } = await orAborted(own, options.signal);
      // The next build cannot use a runner that failed or has ended.
      if (imported.outcome !== 'result' || runner.hasExited) {
        if (started.get(key) === own) started.delete(key);
        return { runner, imported, end: () => runner.close() };
      }
      return { runner, imported, end: async () => {} };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
