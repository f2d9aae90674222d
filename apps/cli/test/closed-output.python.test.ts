// What the command does when what it prints goes nowhere: nothing that was done is undone, no stack trace, and a result
// that could not be written is not a success.
import { fileURLToPath } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const entry = fileURLToPath(new URL('../bin/ww.js', import.meta.url));

/** Runs a line of the shell in which `ww` is the command; what is left of its stderr, and its own exit code. */
function shellIn(dir: string) {
  const { ww, run } = commandIn(dir);
  const line = `ww() { "${process.execPath}" "${entry}" "$@"; }; set -o pipefail;`;
  return { ww, shell: (text: string) => run('bash', '-c', `${line} ${text}`) };
}

test.each([
  ['--help', 0],
  ['--version', 0],
  ['install --help', 0],
  ['nonsense', 2],
  ['list', 2],
])('`ww %s` whose reader has gone away ends with %d and says nothing of it', async (args, code) => {
  const { shell } = shellIn(temporaryDir());
  const ended = await shell(`ww ${args} 2> said.txt | true; echo \${PIPESTATUS[0]}; cat said.txt`);
  expect(ended.stdout.split('\n')[0]).toBe(`${code}`);
  expect(ended.stdout).not.toMatch(/^\s+at |EPIPE|Error:/m);
});

test('a change is committed whatever becomes of its output', async () => {
  const dir = temporaryDir();
  const { ww, shell } = shellIn(dir);
  const wheels = ['1.0', '2.0', '3.0', '4.0'].map((version) => writeWheel(dir, { name: 'app', version }));
  await ww('venv');
  const outputs = ['2>&1 | true', '--json 2>/dev/null | true', '>&- 2>&-', '<&- >/dev/null'];
  for (const [n, output] of outputs.entries()) {
    const { code, stderr } = await shell(`ww install "${wheels[n]}" ${output}`);
    expect({ code, stderr: output.includes('2>') ? stderr : '' }).toEqual({ code: 0, stderr: '' });
    expect((await ww('list', '--format', 'freeze')).stdout).toBe(`app==${n + 1}.0\n`);
  }
  expect(await ww('verify')).toMatchObject({ code: 0 });
});

test('a result that the disk did not take is exit 8 in one sentence, and what was done holds', async () => {
  const dir = temporaryDir();
  const { ww, shell } = shellIn(dir);
  const wheel = writeWheel(dir, { name: 'app' });
  await ww('venv');
  for (const command of [`install "${wheel}"`, 'freeze', 'freeze --json', '--version']) {
    const { code, stderr } = await shell(`ww ${command} > /dev/full`);
    expect([command, code]).toEqual([command, 8]);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
  expect((await shell('ww freeze > /dev/full')).stderr).toMatch(/^ww: [^\n]*ENOSPC[^\n]*\.\n$/);
  // A wheel by its path is frozen with that path.
  expect((await ww('freeze')).stdout).toMatch(/^app @ file:\/\/[^\n]*\.whl\S*\n$/);
});
