// How often a guarantee is tried, and what came of it. A test run tries enough to catch a mistake; a proof run
// (`pnpm prove`) tries as often as it takes to rely on it, and collects what every test states into one table.
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** Names the file that a proof run collects statements in; set by it alone. */
export const proofVariable = 'WHEELWRIGHT_PROOF';

/** Set beside it: everything is run and stated, and each no more often than in a test run. */
export const quickVariable = 'WHEELWRIGHT_PROOF_QUICK';

/** One row of the table. */
export interface Statement {
  /** The test that tried, from the root of the repository: `packages/fslock/test/stress.race.test.ts`. */
  readonly file: string;
  /** Its title, with those of the blocks around it. */
  readonly guarantee: string;
  readonly trials: number;
  /** What was counted: `crash points`, `rounds`. */
  readonly unit: string;
  readonly violations: number;
  /** Why nothing was tried on this machine. */
  readonly notTried?: string | undefined;
}

/** `usually` in a test run, `inProof` in a proof run. */
export function trials(usually: number, inProof: number): number {
  const isProof = process.env[proofVariable] !== undefined && process.env[quickVariable] === undefined;
  return isProof ? inProof : usually;
}

/** States that the running test's guarantee held in so many trials without one violation. Call it after the last check. */
export function proved(count: number, unit: string): void {
  if (!(count > 0)) throw new Error(`Nothing was tried: ${expect.getState().currentTestName}.`);
  stated(count, unit, 0);
}

/** States what came of so many trials; for tests that go on to the last one and fail then. */
export function stated(count: number, unit: string, violations: number): void {
  console.info(`${count} ${unit}, ${violations} violations`);
  collect({ trials: count, unit, violations });
}

/** States that the running test tries nothing on this machine, and why. */
export function notTried(why: string): void {
  collect({ trials: 0, unit: '', violations: 0, notTried: why });
}

function collect(statement: Omit<Statement, 'file' | 'guarantee'>): void {
  const collected = process.env[proofVariable];
  if (collected === undefined) return;
  const { currentTestName: guarantee = '?', testPath = '?' } = expect.getState();
  const whole: Statement = { file: path.relative(process.cwd(), testPath), guarantee, ...statement };
  appendFileSync(collected, `${JSON.stringify(whole)}\n`);
}
