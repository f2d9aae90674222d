// Runners shared by the builds of one run: a backend is imported once per environment and forked for each hook of each
// tree. Only backends that come from the environment are shared; one that lies in a tree belongs to that tree.
import { BackendRunner, type StartRunnerOptions } from './backend-runner.ts';
import type { HookOutcome } from './hook-outcome.ts';

/** A runner, and how its import of the backend ended. */
export interface StartedRunner {
  readonly runner: BackendRunner;
  readonly imported: HookOutcome;
  /** Ends it, or leaves it to the others that use it. */
  end(): Promise<void>;
}

/** Holds runners until it is closed. */
export interface RunnerPool extends AsyncDisposable {
  /** A runner that has imported the backend of the options: a new one, or one that another build uses too. */
  start(options: StartRunnerOptions): Promise<StartedRunner>;
  /** Ends all of them, hooks included. */
  close(): Promise<void>;
}

/** A runner of one build alone. */
export async function startOwnRunner(options: StartRunnerOptions): Promise<StartedRunner> {
  const { runner, imported } = await BackendRunner.start(options);
  return { runner, imported, end: () => runner.close() };
}

/** A pool to hand to several builds as `runners`; close it after the last. */
export function createRunnerPool(): RunnerPool {
  const started = new Map<string, Promise<StartedRunner>>();
  const closing = new AbortController();
  const close = async () => {
    // An import that hangs is waited for by nobody any more.
    closing.abort();
    const all = [...started.values()];
    started.clear();
    await Promise.allSettled(all.map(async (each) => (await each).runner.close()));
  };
  return {
    async start(options) {
      const { python, environment, backend, preload, endsAtOnce, observe } = options;
      const key = JSON.stringify([python, backend, preload, endsAtOnce, observe, Object.entries(environment).sort()]);
      // Whoever asks first starts it, and whoever aborts it ends it only for itself.
      let own = started.get(key);
      if (own === undefined) {
        own = startOwnRunner({ ...options, signal: closing.signal });
        started.set(key, own);
      }
      const { runner, imported } = await orAborted(own, options.signal);
      // One that failed or has ended is of no use to the next build.
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
