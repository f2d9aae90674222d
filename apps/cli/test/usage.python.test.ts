// What a mistake, or an environment of another kind, is answered with: what to do leads out, and not round in a circle.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

test('options for a new environment are refused with --export, and nothing changes', async () => {
  const { ww } = commandIn(temporaryDir());
  expect(await ww('venv', '--layout', 'shared')).toMatchObject({ code: 0 });
  const refused = await ww('venv', '--export', '--with', 'six', '--clear', '--layout', 'own');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('it does not go with --with, --clear, --layout.');
  expect((await ww('generations')).stdout.split('\n')).toHaveLength(2);
  expect(await ww('venv', '--export')).toMatchObject({ code: 0 });
});

test('an option that a command does not have is answered with the help of that command', async () => {
  const { ww } = commandIn(temporaryDir());
  const refused = await ww('doctor', '-t', 'somewhere');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('`ww doctor --help` lists its options.');
  expect((await ww('nothing')).stderr).toContain('`ww --help` lists the commands.');
});

test('an environment of another kind is not replaced, and the hint says how to convert it', async () => {
  const dir = temporaryDir();
  const env = path.join(dir, '.venv');
  const { ww } = commandIn(dir);
  await ww('venv', '--layout', 'plain');
  const refused = await ww('venv');
  expect(refused.stderr).toContain(`Give it generations with \`ww adopt -p ${env}\`, replace it with --clear`);
  await ww('install', writeWheel(dir, { name: 'one' }));
  expect((await ww('adopt')).stderr).toContain('is an environment with generations now, with 1 distribution\n');
  for (const name of ['two', 'three']) await ww('install', writeWheel(dir, { name }));
  expect((await ww('venv', '--layout', 'plain')).stderr).toContain(`\`ww adopt --to plain -p ${env}\``);
  const back = await ww('adopt', '--to', 'plain');
  expect(back.stderr).toContain('an ordinary venv now, with 3 distributions; generations 1 and 2 were given up\n');
});

test('the proposed command recreates a plain venv that is beyond repair', async () => {
  const dir = temporaryDir();
  const env = path.join(dir, '.venv');
  const { ww } = commandIn(dir);
  await ww('venv', '--layout', 'plain');
  rmSync(path.join(env, 'lib'), { recursive: true });
  for (const command of ['list', 'adopt', 'generations', 'repair', 'doctor']) {
    const { code, stdout, stderr } = await ww(command);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(`\`ww venv --clear --layout plain ${env}\``);
    expect(stdout + stderr).not.toContain('`ww repair`');
  }
  expect(await ww('venv', '--clear', '--layout', 'plain', env)).toMatchObject({ code: 0 });
  expect(await ww('verify')).toMatchObject({ code: 0 });
});
