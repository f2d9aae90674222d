// Clean-up and finishing touches whose failure must not hide what happened before.

/** Runs `work` and lets its failure be: the next recovery does what it could not. */
export function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The outcome is settled already; see the caller.
  }
}
