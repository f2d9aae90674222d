// `ww run`: the environment's programs and variables, one generation to the end, exit codes and signals passed on.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

async function environment() {
  const dir = temporaryDir();
  const one = commandIn(dir);
  await one.ww('venv');
  const wheel = (version: string) =>
    writeWheel(dir, {
      name: 'tool',
      version,
      files: { 'tool.py': `version = '${version}'\ndef main():\n    print(version)\n` },
      entryPoints: { console_scripts: { tool: 'tool:main' } },
    });
  expect(await one.ww('install', wheel('1'))).toMatchObject({ code: 0 });
  return { ...one, dir, prefix: path.join(dir, '.venv'), wheel };
}

test('programs, modules and files run in the environment, with its variables', async () => {
  const { dir, prefix, ww } = await environment();
  expect(await ww('run', 'tool')).toMatchObject({ code: 0, stdout: '1\n' });
  const print = 'import os, sys; print(sys.prefix, os.environ["VIRTUAL_ENV"], sys.argv[1:])';
  expect((await ww('run', 'python', '-c', print, '--json', '-q')).stdout).toBe(
    `${prefix} ${prefix} ['--json', '-q']\n`,
  );
  expect((await ww('run', '-m', 'tool')).code).toBe(0);
  writeFileSync(path.join(dir, 'file.py'), 'import tool; print(tool.version)');
  expect((await ww('-q', 'run', 'file.py')).stdout).toBe('1\n');
});

test('the exit code is that of the program, and a signal reaches it', async () => {
  const { ww, start } = await environment();
  expect((await ww('run', 'sh', '-c', 'exit 7')).code).toBe(7);
  expect((await ww('run', 'sh', '-c', 'kill -9 $$')).code).toBe(137);
  const missing = await ww('run', 'no-such-program');
  expect(missing).toMatchObject({ code: 4 });
  expect(missing.stderr).toContain('no-such-program is neither in the environment nor on PATH');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const) {
    const child = start([
      'run',
      'sh',
      '-c',
      'trap "echo got; exit 9" TERM INT HUP USR1; echo ready; while :; do sleep 0.05; done',
    ]);
    const ended = collect(child);
    await new Promise<void>((resolve) => child.stdout!.once('data', () => resolve()));
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 9, stdout: 'ready\ngot\n' });
  }
});

test('every Python that it starts sees the generation that was current at its start', async () => {
  const { dir, prefix, ww, wheel, start } = await environment();
  mkdirSync(path.join(dir, 'flags'));
  const script =
    'python -c "import tool; print(tool.version)"; touch flags/ready; while [ ! -e flags/go ]; do sleep 0.05; done; python -c "import tool; print(tool.version)"; tool';
  const running = collect(start(['run', 'sh', '-c', script]));
  while (!existsSync(path.join(dir, 'flags', 'ready'))) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const version of ['2', '3', '4', '5']) expect(await ww('install', wheel(version))).toMatchObject({ code: 0 });
  // Outside of it the change shows, and the generation that is held is still there.
  expect((await ww('run', 'tool')).stdout).toBe('5\n');
  expect(existsSync(path.join(prefix, '.wheelwright', 'generations', '2'))).toBe(true);
  writeFileSync(path.join(dir, 'flags', 'go'), '');
  expect(await running).toMatchObject({ code: 0, stdout: '1\n1\n1\n' });
});
