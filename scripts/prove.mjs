// `pnpm prove`: every crash and race test, and real packages, tried as often as it takes to rely on them; hours, not
// minutes. Prints what each test stated as one table. `--only TEXT` takes the test files whose path contains it,
// `--quick` runs all of them as often as `npm test` does: minutes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean' } } });
/** Of the other projects, the tests that repeat what they try. */
const repeated = [
  ['python', 'readers.python'],
  ['python', 'beside-pip.python'],
  ['pack', 'remote-server.pack'],
  ['pack', 'versitygw.pack'],
];

setUp();
const collected = path.join(root, '.cache', 'proof.jsonl');
mkdirSync(path.dirname(collected), { recursive: true });
rmSync(collected, { force: true });
const env = { ...process.env, NO_COLOR: '1', WHEELWRIGHT_PROOF: collected };
if (values.quick) env.WHEELWRIGHT_PROOF_QUICK = '1';
delete env.PYTHONDONTWRITEBYTECODE;
delete env.NODE_OPTIONS;

const only = values.only === undefined ? [] : [values.only];
const runs = [
  ['--project', 'crash', '--project', 'race', '--project', 'prove', ...only],
  ...repeated
    .filter(([, name]) => name.includes(values.only ?? ''))
    .map(([project, name]) => ['--project', project, name]),
];
let failed = 0;
const results = [];
for (const words of runs) {
  const command = path.join(root, 'node_modules', '.bin', 'vitest');
  const report = path.join(root, '.cache', 'proof-report.json');
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', '--no-file-parallelism', '--passWithNoTests', ...reporters, ...words];
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) failed += 1;
  if (existsSync(report)) results.push(...JSON.parse(readFileSync(report, 'utf8')).testResults);
}

const statements = existsSync(collected) ? readFileSync(collected, 'utf8').split('\n').filter(Boolean) : [];
const stated = statements.map((line) => JSON.parse(line));
const rows = [...stated, ...results.flatMap(unstated)].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
process.stdout.write('\n| trials | what was counted | violations | guarantee | test |\n|--:|---|--:|---|---|\n');
for (const { file, guarantee, trials, unit, violations, notTried } of rows) {
  const what = notTried === undefined ? `${trials} | ${unit} | ${violations}` : `0 | not run: ${notTried} | -`;
  process.stdout.write(`| ${what} | ${guarantee} | ${file} |\n`);
}
const total = rows.reduce((sum, { trials }) => sum + trials, 0);
const violations = rows.reduce((sum, row) => sum + row.violations, 0);
const notRun = rows.filter(({ notTried }) => notTried !== undefined).length;
process.stdout.write(`\n${total} trials, ${violations} violations`);
if (notRun > 0) process.stdout.write(`; ${notRun} not run`);
if (failed > 0) process.stdout.write(`; ${failed} of ${runs.length} runs failed: see above`);
process.stdout.write('\n');
process.exitCode = failed === 0 ? 0 : 1;

/** Tests that failed before they had counted, or were skipped: what is not in the table would look proved. */
function unstated({ name, message, assertionResults }) {
  const file = path.relative(root, name);
  const failedFile = assertionResults.length === 0 && message ? [{ fullName: 'the whole file', status: 'failed' }] : [];
  return [...assertionResults, ...failedFile].flatMap(({ ancestorTitles = [], title, fullName, status }) => {
    const guarantee = title === undefined ? fullName : [...ancestorTitles, title].join(' > ');
    if (status === 'skipped' || status === 'pending')
      return [{ file, guarantee, trials: 0, unit: '', violations: 0, notTried: 'skipped here' }];
    const isCounted = stated.some((row) => row.file === file && row.guarantee === guarantee && row.violations > 0);
    if (status !== 'failed' || isCounted) return [];
    return [{ file, guarantee, trials: 1, unit: 'failed', violations: 1 }];
  });
}
