// The frame of every call of the library: a signal of its own beside the tool's, and one code for a call that was aborted
// instead of as many as there are waits.
import { isCodedError } from '@wheelwright/errors';
import type { Tool } from './tool.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** What every call takes. */
export interface CallOptions {
  /** Ends this call and no other: before a commit nothing is changed, after it the change stands. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one call. With a signal of its own it gets a tool whose waits, requests and builds end with that signal or the
 * tool's; that tool is closed afterwards.
 * @throws WheelwrightError WHEELWRIGHT_ABORTED where either signal ended the call; `cause` is what was thrown below.
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

/** Whether `error` is how an aborted `signal` ended something, at whatever depth. */
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
    hint: isCommitted ? 'The change was committed before that, and stands.' : 'Call again to have it done.',
    cause,
    data: { committed: isCommitted },
  });
}
