// Wraps every call of the library. The call gets a signal of its own beside the tool's. An aborted call fails with one
// error code, whichever wait the abort ended.
import { isCodedError } from '@wheelwright/errors';
import type { Tool } from './tool.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends only this call. Before the commit nothing is changed; after it the change stands. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one call. If the options have a signal, the call gets a tool whose waits, requests and builds end with that signal
 * or with the tool's own. That tool is closed afterwards.
 * @throws WheelwrightError WHEELWRIGHT_ABORTED if either signal ended the call; `cause` is the original error.
 */
export async function withCall<Result>(
  tool: Tool,
  { signal }: CallOptions,
  run: (tool: Tool) => Promise<Result>,
): Promise<Result> {
  const called = signal === undefined ? tool : tool.withSignal(signal);
  try {
    called.signal?.throwIfAborted();
    return await run(called);
  } catch (error) {
    throw called.signal?.aborted === true && isAbort(error, called.signal) ? abortedError(error, called.signal) : error;
  } finally {
    if (called !== tool) await called.close();
  }
}

/** Whether an abort of `signal` caused `error`, directly or through any number of causes. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at === signal.reason || at.name === 'AbortError') return true;
    if (isCodedError(at) && at.code.endsWith('_ABORTED')) return true;
  }
  return error === signal.reason;
}

function abortedError(cause: unknown, { reason }: AbortSignal): WheelwrightError {
  if (isCodedError(cause, 'WHEELWRIGHT_ABORTED')) return cause as WheelwrightError;
  const isCommitted = isCodedError(cause) && cause.data.committed === true;
  const why = reason instanceof Error && reason.name !== 'AbortError' ? `: ${reason.message}` : '';
  return new WheelwrightError('WHEELWRIGHT_ABORTED', `The call was aborted${why}.`, {
    hint: isCommitted ? 'The change had been committed before that and stays.' : 'Call again to finish the change.',
    cause,
    data: { committed: isCommitted },
  });
}
