// Asks the reference implementation: the pinned `packaging`, run by the python3 on the search path.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pinnedLibrary, pinnedPython } from '@wheelwright/testkit/pinned';

const script = fileURLToPath(new URL('oracle.py', import.meta.url));

/** The answers to one question about each case, null where the reference refuses it. */
export function ask<T>(question: string, cases: readonly unknown[]): (T | null)[] {
  const run = spawnSync(pinnedPython().executable, ['-W', 'ignore', script], {
    input: JSON.stringify({ question, cases }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONPATH: pinnedLibrary('packaging') },
  });
  if (run.status !== 0) throw new Error(`python3 failed: ${run.stderr || run.error?.message}`);
  return JSON.parse(run.stdout) as (T | null)[];
}

/** What `read` gives, null where it refuses. */
export function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('PACKAGING_')) return null;
    throw error;
  }
}

export interface Difference<C, T> {
  readonly case: C;
  readonly ours: T | null;
  readonly theirs: T | null;
}

/** The cases with both answers where those differ. */
export function differences<C, T>(
  cases: readonly C[],
  ours: readonly (T | null)[],
  theirs: readonly (T | null)[],
): Difference<C, T>[] {
  return cases.flatMap((one, index) => {
    const both = { case: one, ours: ours[index] ?? null, theirs: theirs[index] ?? null };
    return JSON.stringify(both.ours) === JSON.stringify(both.theirs) ? [] : [both];
  });
}
