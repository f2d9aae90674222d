// `npm test`: sets up, then runs every check and every kind of test, and ends with one line of totals. `--newest`
// (`pnpm test:newest`) runs the tests that fetch from a package index with the newest releases instead of the pinned ones.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();

const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const env = { ...process.env, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' };
delete env.PYTHONDONTWRITEBYTECODE;
delete env.NODE_OPTIONS;

const isNewest = process.argv.includes('--newest');
if (isNewest) {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  env.WHEELWRIGHT_TEST_NEWEST = mkdtempSync(path.join(root, '.cache', 'newest-'));
}

const checks = [
  ['types', bin('tsc'), ['--noEmit']],
  ['lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['repository rules', bin('tsx'), ['scripts/check-repo.ts']],
];
const projects = isNewest ? ['python'] : ['unit', 'crash', 'python', 'race', 'pack'];
const totals = { passed: 0, failed: 0, skipped: 0 };

for (const [title, command, args] of isNewest ? [] : checks) {
  const status = step(title, command, args);
  totals[status === 0 ? 'passed' : 'failed'] += 1;
}
for (const project of projects) {
  const report = path.join(root, '.cache', `vitest-${project}.json`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const status = step(`${project} tests`, bin('vitest'), [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numPendingTests = 0,
    numFailedTestSuites = 0,
  } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  totals.passed += numPassedTests;
  totals.skipped += numPendingTests;
  // A file that cannot be loaded, or a runner that died, has no failing test to count: it counts as one.
  totals.failed +=
    status === 0
      ? numFailedTests
      : Math.max(1, numFailedTests, numFailedTestSuites > 0 && numFailedTests === 0 ? numFailedTestSuites : 0);
}
if (isNewest) rmSync(env.WHEELWRIGHT_TEST_NEWEST, { recursive: true, force: true });
if (totals.skipped > 0) process.stdout.write(`${totals.skipped} skipped: what this platform or user cannot show\n`);
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;

function step(title, command, args) {
  const start = Date.now();
  process.stdout.write(`\n== ${title}\n`);
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined) process.stdout.write(`${error.message}\n`);
  process.stdout.write(
    `== ${title}: ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`,
  );
  return status ?? 1;
}
