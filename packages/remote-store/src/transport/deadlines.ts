// How long a request may take, step by step. Nothing here depends on the size of a body: only progress counts.

/** The time limits of one request, in ms. */
export interface Deadlines {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** From the end of the request to the first byte of the answer. */
  readonly firstByteMs: number;
  /** Without any progress of a body, in either direction. */
  readonly stallMs: number;
}

/** What holds where the caller sets nothing. */
export const defaultDeadlines: Deadlines = { connectMs: 2000, firstByteMs: 5000, stallMs: 5000 };
