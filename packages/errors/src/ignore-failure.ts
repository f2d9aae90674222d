// Runs a step whose failure must not hide what happened before it: a clean-up after an error, or a finishing touch that
// the next recovery repeats. One place, so that a search finds every failure that is ignored on purpose.

/**
 * Calls `work` and ignores whatever it throws. For synchronous work only: a promise that `work` returns is not awaited,
 * and its rejection is not caught.
 */
export function ignoreFailure(work: () => void): void {
  try {
    work();
  } catch {
    // The earlier error or outcome is what the caller reports.
  }
}
