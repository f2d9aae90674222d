// Results as people read them: a table per job, ours first, then the ratio of ours to each of the others, then the goals.
import type { Goal, Job, Result } from './job.ts';
import { median } from './measure.ts';

/** The lines that tell of one job. */
export function formatJob(job: Job, results: readonly Result[]): string {
  const unit = job.unit ?? 'ms';
  const ours = results.filter((result) => result.ours);
  const width = Math.max(12, ...results.map(({ name }) => name.length));
  const rows = results.map((result) => {
    const fast = `${number(median(result.measures)).padStart(9)} ${unit}  min ${number(Math.min(...result.measures)).padStart(8)}`;
    const figures = Object.entries(result.figures).map(([name, value]) => `${name} ${number(value)}`);
    return `  ${result.name.padEnd(width)} ${[fast, ...figures, verdict(result, ours)].filter(Boolean).join('  ')}`;
  });
  const goals = (job.goals ?? []).map((goal) => formatGoal(goal, results, unit)).filter((line) => line !== undefined);
  return [`\n${job.name}`, ...(job.note === undefined ? [] : [`  (${job.note})`]), ...rows, ...goals].join('\n');
}

/** One row per job for docs/benchmarks.md: the medians, a wrong one struck through. */
export function formatMarkdown(done: readonly { job: Job; results: readonly Result[] }[]): string {
  const names = [...new Set(done.flatMap(({ results }) => results.map(({ name }) => name)))];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rows = done.map(({ job, results }) => {
    const cells = names.map((name) => {
      const found = results.find((result) => result.name === name);
      if (found === undefined) return '';
      const text = number(median(found.measures));
      return found.faults.length > 0 ? `~~${text}~~` : text;
    });
    return row([`${job.name} (${job.unit ?? 'ms'})`, ...cells]);
  });
  return [row(['job', ...names]), row(['---', ...names.map(() => '---:')]), ...rows].join('');
}

/** Whether a goal was reached; undefined where one of the two did not run. */
export function reached(goal: Goal, results: readonly Result[]): { value: number; met: boolean } | undefined {
  const us = results.find(({ name }) => name === goal.entrant);
  const them = goal.than === undefined ? undefined : results.find(({ name }) => name === goal.than);
  if (us === undefined || (goal.than !== undefined && them === undefined)) return undefined;
  const of = (result: Result) =>
    goal.figure === undefined ? median(result.measures) : (result.figures[goal.figure] ?? Number.NaN);
  const measured = of(us);
  const other = them === undefined ? undefined : of(them);
  const value = other === undefined ? measured : measured / other;
  const close = other !== undefined && goal.orMore !== undefined && measured - other <= goal.orMore;
  return { value, met: us.faults.length === 0 && (value <= goal.atMost || close) };
}

function formatGoal(goal: Goal, results: readonly Result[], unit: string): string | undefined {
  const found = reached(goal, results);
  if (found === undefined) return undefined;
  const more = goal.orMore === undefined ? '' : ` or ${goal.orMore} ${unit} more`;
  const what = goal.figure === undefined ? '' : ` in ${goal.figure}`;
  const asked = goal.than === undefined ? (goal.figure ?? unit) : `of ${goal.than}${more}${what}`;
  return `  goal: ${goal.entrant} ≤ ${goal.atMost} ${asked}: ${number(found.value)}, ${found.met ? 'reached' : 'NOT REACHED'}`;
}

function verdict(result: Result, ours: readonly Result[]): string {
  if (result.faults.length > 0)
    return `WRONG in ${result.faults.length} rounds: ${(result.faults.at(-1) ?? '').slice(0, 240)}`;
  if (result.ours) return '';
  return ours
    .filter(({ faults }) => faults.length === 0)
    .map(({ name, measures }) => `${name} takes ${number(median(measures) / median(result.measures))} of it`)
    .join(', ');
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
