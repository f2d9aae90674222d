// One signal for both reasons to stop: the caller's signal, and the time limit of the hooks.
import { Pep517Error } from '../pep517-error.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** Starts or resumes the clock. Does nothing if it is running. */
  begin(): void;
  /** Stops the clock until it is started again. */
  pause(): void;
  /** The error to report after the signal has fired. The first reason counts. */
  error(): Pep517Error;
  /** Throws that error if the signal has fired. */
  check(): void;
  stop(): void;
}

const longestTimerMs = 2 ** 31 - 1;

/** Makes a deadline. Without `timeoutMs` only the caller's signal counts. The caller must stop it. */
export function createDeadline(
  source: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Deadline {
  const { signal, timeoutMs } = options;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let timedOut = false;
  let begun = 0;
  let leftMs = timeoutMs ?? 0;
  const onAbort = () => controller.abort(signal?.reason);
  const onTime = () => {
    timedOut = !controller.signal.aborted;
    controller.abort();
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const error = () => (timedOut ? timeoutError(source, timeoutMs!) : abortedError(source, signal));
  return {
    signal: controller.signal,
    begin() {
      if (timer !== undefined || timeoutMs === undefined || !Number.isFinite(timeoutMs)) return;
      begun = performance.now();
      timer = setTimeout(onTime, Math.min(leftMs, longestTimerMs));
    },
    pause() {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      leftMs = Math.max(0, leftMs - (performance.now() - begun));
    },
    error,
    check() {
      if (controller.signal.aborted) throw error();
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** The error of a build that its caller has stopped. */
export function abortedError(source: string, signal: AbortSignal | undefined): Pep517Error {
  return new Pep517Error('PEP517_ABORTED', `The build of ${source} was stopped.`, {
    cause: signal?.reason,
    data: { path: source },
  });
}

function timeoutError(source: string, timeoutMs: number): Pep517Error {
  return new Pep517Error('PEP517_TIMEOUT', `The build of ${source} did not finish within ${timeoutMs / 1000} s.`, {
    hint: 'Allow more time, or look at the log for what it waits for.',
    data: { path: source, timeoutMs },
  });
}
