// Rounds: in each one every entrant runs once, in an order that turns from round to round, so that a machine which gets
// slower or busier does so for all. One round before them warms caches and is not counted.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Entrant, Job, Outcome, Result } from './job.ts';

interface Tally {
  readonly measures: number[];
  readonly figures: Map<string, number[]>;
  /** One for every round that went wrong. */
  readonly faults: string[];
}

/** Runs the job. Everything that it makes is below `dir` and stays there. */
export async function measure(job: Job, dir: string, rounds: number): Promise<Result[]> {
  const entrants = await job.entrants();
  const tallies = new Map<Entrant, Tally>(
    entrants.map((entrant) => [entrant, { measures: [], figures: new Map(), faults: [] }]),
  );
  for (let round = 0; round <= rounds; round += 1) {
    const turn = round % Math.max(1, entrants.length);
    for (const entrant of [...entrants.slice(turn), ...entrants.slice(0, turn)]) {
      if (round > (entrant.rounds ?? rounds)) continue;
      const runDir = path.join(dir, `${entrants.indexOf(entrant)}-${round}`);
      mkdirSync(runDir, { recursive: true });
      note(tallies.get(entrant) as Tally, await runOnce(entrant, runDir), round > 0);
    }
  }
  return [...tallies].map(([{ name, ours }, { measures, figures, faults }]) => {
    const medians = [...figures].map(([figure, values]) => [figure, median(values)]);
    return { name, ours, measures, figures: Object.fromEntries(medians), faults };
  });
}

async function runOnce(entrant: Entrant, runDir: string): Promise<Outcome & { readonly measure: number }> {
  try {
    const trial = await entrant.prepare(runDir);
    // Dirty pages of other tools would slow the next sync, so they are written before the clock starts.
    spawnSync('sync');
    const started = performance.now();
    const { measure = performance.now() - started, faults = [], figures } = await trial.run();
    return { measure, figures, faults: [...faults, ...((await trial.check?.()) ?? [])] };
  } catch (error) {
    return { measure: Number.NaN, faults: [error instanceof Error ? error.message : String(error)] };
  }
}

/** What is wrong in the warming round is wrong; what is fast there is not counted. */
function note(tally: Tally, { measure, faults = [], figures = {} }: Outcome & { measure: number }, counts: boolean) {
  if (faults.length > 0) tally.faults.push(faults.join('; '));
  if (!counts) return;
  tally.measures.push(measure);
  for (const [name, value] of Object.entries(figures))
    tally.figures.set(name, [...(tally.figures.get(name) ?? []), value]);
}

/** The middle of the numbers, or of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
