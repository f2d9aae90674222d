// One signal for both reasons to stop: the caller's, and the time that the hooks of a build may take.
import { Pep517Error } from './pep517-error.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** The error to report when the signal has fired; the first reason counts. */
  error(): Pep517Error;
  stop(): void;
}

/** Starts the clock. With no `timeoutMs` only the caller's signal counts. */
export function startDeadline(
  treeDir: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Deadline {
  const { signal, timeoutMs } = options;
  const controller = new AbortController();
  let timedOut = false;
  const onAbort = () => controller.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined || !Number.isFinite(timeoutMs)
      ? undefined
      : setTimeout(
          () => {
            timedOut = !controller.signal.aborted;
            controller.abort();
          },
          Math.min(timeoutMs, 2 ** 31 - 1),
        );
  return {
    signal: controller.signal,
    error() {
      return timedOut ? timeoutError(treeDir, timeoutMs!) : abortedError(treeDir, signal);
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** What a build says that its caller has stopped. */
export function abortedError(treeDir: string, signal: AbortSignal | undefined): Pep517Error {
  return new Pep517Error('PEP517_ABORTED', `The build of ${treeDir} was stopped.`, {
    cause: signal?.reason,
    data: { path: treeDir },
  });
}

function timeoutError(treeDir: string, timeoutMs: number): Pep517Error {
  return new Pep517Error('PEP517_TIMEOUT', `The build of ${treeDir} did not finish within ${timeoutMs / 1000} s.`, {
    hint: 'Allow more time, or look at the log for what it waits for.',
    data: { path: treeDir, timeoutMs },
  });
}
