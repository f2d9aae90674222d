// Asks the reference implementations: `packaging` as pip of the python3 on the search path carries it, and as installed
// there. Where a copy is older than a rule of today's specification, a test leaves out the cases whose answer has changed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compareVersions, parseVersion } from '../src/index.ts';

const script = fileURLToPath(new URL('oracle.py', import.meta.url));

export interface Reference {
  readonly module: string;
  readonly version: string;
}

/** The copies of `packaging` that python3 can import. */
export function findReferences(): readonly Reference[] {
  return ask<Reference[]>(undefined, 'references', [null])[0]!;
}

/** Whether a reference is older than `release`. */
export function isBefore({ version }: Reference, release: string): boolean {
  return compareVersions(parseVersion(version), parseVersion(release)) < 0;
}

/** The answers to one question about each case, null where the reference refuses it. */
export function ask<T>(reference: Reference | undefined, question: string, cases: readonly unknown[]): (T | null)[] {
  const run = spawnSync('python3', ['-W', 'ignore', script], {
    input: JSON.stringify({ module: reference?.module, question, cases }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
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
