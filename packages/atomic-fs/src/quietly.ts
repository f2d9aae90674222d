// Clean-up on the way out of a failure.

/** Runs `cleanUp` and forgets its failure: it is only for the way out of another one, which it must not hide. */
export function quietly(cleanUp: () => void): void {
  try {
    cleanUp();
  } catch {
    // The first error is the one that counts; what is left behind is swept later.
  }
}
