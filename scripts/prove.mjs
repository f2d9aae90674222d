// `pnpm prove`: every crash and race test, and real packages, tried as often as it takes to rely on them; hours, not
// minutes. Prints what each test stated as one table. `--only TEXT` takes the test files whose path contains it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
/** Of the tests with interpreters, those that repeat. */
const repeated = ['readers.python', 'beside-pip.python'];

setUp();
const collected = path.join(root, '.cache', 'proof.jsonl');
mkdirSync(path.dirname(collected), { recursive: true });
rmSync(collected, { force: true });
const env = { ...process.env, NO_COLOR: '1', WHEELWRIGHT_PROOF: collected };
delete env.PYTHONDONTWRITEBYTECODE;
delete env.NODE_OPTIONS;

const only = values.only === undefined ? [] : [values.only];
const runs = [
  ['--project', 'crash', '--project', 'race', '--project', 'prove', ...only],
  ...repeated.filter((name) => name.includes(values.only ?? '')).map((name) => ['--project', 'python', name]),
];
let failed = 0;
for (const words of runs) {
  const command = path.join(root, 'node_modules', '.bin', 'vitest');
  const args = ['run', '--no-file-parallelism', '--passWithNoTests', ...words];
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) failed += 1;
}

const statements = existsSync(collected) ? readFileSync(collected, 'utf8').split('\n').filter(Boolean) : [];
const rows = statements.map((line) => JSON.parse(line)).sort((a, b) => (a.file < b.file ? -1 : 1));
process.stdout.write('\n| trials | what was counted | violations | guarantee | test |\n|--:|---|--:|---|---|\n');
for (const { file, guarantee, trials, unit, violations, notTried } of rows) {
  const what = notTried === undefined ? `${trials} | ${unit} | ${violations}` : `0 | not run: ${notTried} | -`;
  process.stdout.write(`| ${what} | ${guarantee} | ${file} |\n`);
}
const total = rows.reduce((sum, { trials }) => sum + trials, 0);
const violations = rows.reduce((sum, row) => sum + row.violations, 0);
process.stdout.write(
  failed === 0
    ? `\n${total} trials, 0 violations\n`
    : `\n${total} trials, ${violations} violations counted, and ${failed} of ${runs.length} runs failed: see above\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
