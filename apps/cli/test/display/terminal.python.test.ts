// What people see on a real terminal of several sizes: progress while something is fetched, and nothing of it afterwards,
// whether the command ends by itself, after a change of the size, or by Ctrl-C.
import path from 'node:path';
import { startGatedIndex } from '@wheelwright/testkit/gated-index';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { openTerminal } from '@wheelwright/testkit/terminal';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from '../run-ww.ts';

const entry = path.resolve(import.meta.dirname, '../../bin/ww.js');
const parts = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
const projects = [
  { name: 'whole', bytes: 1_000, requires: parts },
  ...parts.map((name, at) => ({ name, bytes: 200_000 * (at + 1) })),
];

async function place() {
  const dir = temporaryDir();
  const index = await startGatedIndex(projects);
  onTestFinished(() => index.close());
  const variables = { PIP_NO_INDEX: '', WHEELWRIGHT_INDEX_URL: index.indexUrl };
  const { env, ww } = commandIn(dir, variables);
  expect(await ww('venv')).toMatchObject({ code: 0 });
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, COLUMNS: ____, ...terminalEnv } = env as NodeJS.ProcessEnv;
  const open = (columns: number, rows: number, ...args: readonly string[]) =>
    openTerminal(process.execPath, [entry, ...args], { cwd: dir, env: terminalEnv, columns, rows });
  return { index, open, ww };
}

const isDownloading = (screen: readonly string[]) => screen.some((line) => /^Downloading \d/.test(line));

test.each([
  [120, 40],
  [80, 24],
  [40, 12],
  [20, 5],
])('on a terminal of %i columns and %i rows bars come and go, and the account stays', async (columns, rows) => {
  const { index, open } = await place();
  const terminal = open(columns, rows, 'install', 'whole');
  const shown = await terminal.until(isDownloading);
  expect(shown.length).toBeLessThanOrEqual(rows);
  for (const line of shown) expect(line.length).toBeLessThanOrEqual(columns);
  index.open();
  expect(await terminal.ended).toBe(0);
  // A narrow terminal wraps what stays.
  const text = terminal.all().join('');
  expect(text).not.toMatch(/Downloading|Unpacking|━|╌/);
  for (const { name } of projects) expect(text).toContain(`+ ${name} 1.0`);
  expect(text).toContain('Installed 6 packages');
});

test('a terminal that becomes smaller and larger meanwhile keeps nothing of the bars', async () => {
  const { index, open } = await place();
  const terminal = open(100, 30, 'install', 'whole');
  await terminal.until(isDownloading);
  terminal.resize(44, 10);
  await terminal.until((screen) => isDownloading(screen) && screen.every((line) => line.length <= 44));
  terminal.resize(120, 30);
  await terminal.until((screen) => isDownloading(screen) && screen.some((line) => line.length > 60));
  index.open();
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen().filter((line) => /^Downloading/.test(line))).toEqual([]);
  expect(terminal.all().join('\n')).toMatch(/Installed 6 packages in /);
});

test('Ctrl-C leaves a clean screen and says that nothing was changed', async () => {
  const { open, ww } = await place();
  const terminal = open(80, 24, 'install', 'whole');
  await terminal.until(isDownloading);
  terminal.type('\u0003');
  expect(await terminal.ended).toBe(130);
  const screen = terminal.all();
  expect(screen.at(-1)).toBe('ww: interrupted. Nothing was changed.');
  expect(screen.join('\n')).not.toMatch(/Downloading|━|╌/);
  expect((await ww('list', '--format', 'json')).stdout).toBe('[]\n');
});

test('a pipe and --quiet get no display', async () => {
  const { index, open, ww } = await place();
  index.open();
  expect((await ww('install', 'alpha')).stderr).not.toMatch(/\u001b|Downloading/);
  const terminal = open(80, 24, '-q', 'install', 'beta');
  expect(await terminal.ended).toBe(0);
  expect(terminal.all()).toEqual(['+ beta 1.0']);
});
