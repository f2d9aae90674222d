// Where another tool's option chooses the place of an installation, the hint names lines that install there: they are run.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from '../run-ww.ts';

const entry = path.resolve(import.meta.dirname, '../../bin/ww.js');

/** Asks for `option`, then runs the lines in backquotes of the hint with `DIR` and `NAME` as they stand there. */
async function follow(...option: readonly string[]) {
  const dir = temporaryDir();
  writeWheel(dir, {
    name: 'NAME',
    files: { 'tool.py': 'def main():\n    print("works")\n', 'name-1.0.data/data/share/tool/note': 'note\n' },
    entryPoints: { console_scripts: { tool: 'tool:main' } },
  });
  const { ww, env } = commandIn(dir, { PIP_FIND_LINKS: dir });
  const { code, stderr } = await ww('install', ...option, 'NAME');
  expect(code).toBe(2);
  const lines = [...stderr.matchAll(/`(ww [^`]+)`/g)]
    .map((match) => match[1]!)
    .filter((line) => !line.includes('--help'));
  const functions = `set -e\nww() { '${process.execPath}' '${entry}' "$@"; }\n`;
  const run = (script: string) => execFileSync('sh', ['-c', functions + script], { cwd: dir, env, encoding: 'utf8' });
  return { dir, lines, run };
}

test('the hint for --prefix fills bin, lib and share of that directory', async () => {
  const { dir, lines, run } = await follow('--prefix', 'DIR');
  run(lines.join('\n'));
  expect(run('DIR/bin/tool')).toBe('works\n');
  expect(readFileSync(path.join(dir, 'DIR/share/tool/note'), 'utf8')).toBe('note\n');
  const [library] = readdirSync(path.join(dir, 'DIR/lib')).filter((name) => name.startsWith('python'));
  expect(readdirSync(path.join(dir, 'DIR/lib', library!, 'site-packages'))).toContain('tool.py');
});

test('the hint for --root installs below that directory, with scripts that work elsewhere too', async () => {
  const { lines, run } = await follow('--root=DIR');
  run(lines.join('\n'));
  expect(run('mv DIR elsewhere; PYTHONPATH=elsewhere elsewhere/bin/tool')).toBe('works\n');
});

test('the hint for --user makes the environment that the line without it installs into', async () => {
  const { lines, run } = await follow('--user');
  run([...lines, 'ww install NAME'].join('\n'));
  expect(run('.venv/bin/tool')).toBe('works\n');
});
