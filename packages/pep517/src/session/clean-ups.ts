// Runs clean-ups when a piece of work ends, also by an error: all of them, newest first. The failure of a clean-up does not
// hide the error of the work.

export type CleanUp = () => void | Promise<void>;

/** Runs `work`, which registers clean-ups as it goes; afterwards runs them. */
export async function withCleanUps<T>(work: (defer: (cleanUp: CleanUp) => void) => Promise<T>): Promise<T> {
  const cleanUps: CleanUp[] = [];
  let result: T;
  try {
    result = await work((cleanUp) => cleanUps.push(cleanUp));
  } catch (error) {
    await runAll(cleanUps);
    throw error;
  }
  const failures = await runAll(cleanUps);
  if (failures.length > 0) throw failures[0];
  return result;
}

async function runAll(cleanUps: CleanUp[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (let cleanUp = cleanUps.pop(); cleanUp !== undefined; cleanUp = cleanUps.pop()) {
    try {
      await cleanUp();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
