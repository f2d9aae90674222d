// `pnpm bench`: the same jobs by ww and its peers, in interleaved rounds, every result checked for being right. Prints
// medians, ratios to ww and the goals; asserts nothing. What is compared and how: docs/benchmarks.md.
//
//   --rounds N        how often everyone does each job (default 5)
//   --only TEXT       the jobs whose names contain it; repeatable
//   --quick           one round with a tenth of everything
//   --json FILE       all figures, for machines
//   --markdown FILE   the medians as the table of docs/benchmarks.md
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBench } from './bench.ts';
import type { Job, Result } from './job.ts';
import { buildJobs } from './jobs/builds.ts';
import { changeJobs } from './jobs/changes.ts';
import { engineJobs } from './jobs/engine.ts';
import { installJobs } from './jobs/installs.ts';
import { lockJobs } from './jobs/locks.ts';
import { manyFilesJobs } from './jobs/many-files.ts';
import { realWheelJobs } from './jobs/real-wheels.ts';
import { remoteJobs } from './jobs/remotes.ts';
import { resolveJobs } from './jobs/resolves.ts';
import { startUpJobs } from './jobs/start-up.ts';
import { transactionJobs } from './jobs/transactions.ts';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import { formatJob, formatMarkdown, reached } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const skipped = new Set<string>();
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const bench = await openBench(fileURLToPath(new URL('../..', import.meta.url)), {
  quick: values.quick,
  rounds,
  skip(sentence) {
    if (!skipped.has(sentence)) say(`\nskipped: ${sentence}`);
    skipped.add(sentence);
  },
});
const families = [
  startUpJobs,
  buildJobs,
  installJobs,
  resolveJobs,
  realWheelJobs,
  manyFilesJobs,
  changeJobs,
  lockJobs,
  transactionJobs,
  engineJobs,
  remoteJobs,
];
const jobs = families
  .flatMap((family) => family(bench))
  .filter(({ name }) => values.only === undefined || values.only.some((text) => name.includes(text)));
const done: { job: Job; results: readonly Result[] }[] = [];

// Without this, loop devices and their images would stay.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => void bench.close().then(() => process.exit(code)));
try {
  const machine = describeMachine(bench);
  say(machine.join('\n'));
  for (const sentence of bench.absent) bench.skip(sentence);
  for (const job of jobs) {
    const results = await measure(job, path.join(bench.openSeries(), 'runs'), rounds);
    if (results.length > 0) done.push({ job, results });
    if (results.length > 0) say(formatJob(job, results));
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(asJson(machine), null, 2)}\n`);
  if (values.markdown !== undefined)
    writeFileSync(values.markdown, `${machine.join('  \n')}\n\n${formatMarkdown(done)}`);
} finally {
  await bench.close();
}

function asJson(machine: readonly string[]): unknown {
  return {
    format: 1,
    date: new Date().toISOString(),
    machine,
    skipped: [...skipped],
    jobs: done.map(({ job: { name, unit = 'ms', goals = [] }, results }) => ({
      name,
      unit,
      results,
      goals: goals.map((goal) => ({ ...goal, ...reached(goal, results) })),
    })),
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
