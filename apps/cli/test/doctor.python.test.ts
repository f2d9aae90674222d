// `ww doctor`: each thing that can be wrong is one line that says what to do, and nothing is changed.
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

async function place(variables: Readonly<Record<string, string>> = {}) {
  const dir = temporaryDir();
  const inside = commandIn(dir, variables);
  const { ww } = inside;
  const scripts = { console_scripts: { one: 'one:main' } };
  const one = writeWheel(dir, { name: 'one', files: { 'one/__init__.py': 'x = 1\n' }, entryPoints: scripts });
  const needy = writeWheel(dir, { name: 'needy', requiresDist: ['one>=2', 'absent', 'other; extra == "x"'] });
  await ww('venv');
  await ww('install', one);
  const env = path.join(dir, '.venv');
  const findings = async (...words: readonly string[]) => {
    const { stdout, code } = await ww('doctor', '--json', ...words);
    const events = stdout
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { event: string; kind: string; severity: string; text: string; proposal: string },
      );
    return { code, found: events.filter(({ event }) => event === 'finding') };
  };
  const kinds = async (...words: readonly string[]) => {
    const { code, found } = await findings(...words);
    return { code, problems: found.filter(({ severity }) => severity === 'problem').map(({ kind }) => kind) };
  };
  return { ...inside, dir, env, one, needy, findings, kinds };
}

test('a sound environment has no problems, and an absent one is an error', async () => {
  const { ww, kinds } = await place();
  expect(await kinds()).toEqual({ code: 0, problems: [] });
  expect((await ww('doctor')).stdout).toContain('nothing is wrong\n');
  expect(await ww('doctor', '-p', 'nowhere')).toMatchObject({ code: 2 });
});

test('reports damaged files, leftovers of pip, edited store files and files without an owner', async () => {
  const { ww, run, env, kinds, findings } = await place();
  const lib = (await run(path.join(env, 'bin/python'), '-c', 'import one; print(one.__path__[0])')).stdout.trim();
  mkdirSync(path.join(lib, '..', '~ip'));
  writeFileSync(path.join(lib, '..', '~ip', 'x.py'), '');
  writeFileSync(path.join(lib, '..', 'mine.py'), '');
  chmodSync(path.join(lib, '__init__.py'), 0o644);
  appendFileSync(path.join(lib, '__init__.py'), 'edited');
  expect(await kinds()).toEqual({ code: 6, problems: ['store-damaged', 'files-damaged'] });
  const { found } = await findings();
  expect(found.find(({ kind }) => kind === 'files-damaged')?.text).toMatch(
    /^2 installed files differ from RECORD: .*one\/__init__\.py/,
  );
  expect(found.find(({ kind }) => kind === 'files-of-nobody')?.text).toMatch(/^1 file belongs .*mine\.py/);
  expect(await ww('verify')).toMatchObject({ code: 6 });
});

test('reports unmet requirements with the command that meets them', async () => {
  const { ww, needy, findings } = await place();
  await ww('install', needy, '--no-deps');
  const { code, found } = await findings();
  expect(code).toBe(6);
  expect(found.filter(({ severity }) => severity === 'problem').map(({ text, proposal }) => [text, proposal])).toEqual([
    ['needy 1.0 requires one>=2, but 1.0 is installed.', "Run `ww install 'one>=2'`."],
    ['needy 1.0 requires absent, but it is not installed.', 'Run `ww install absent`.'],
  ]);
});

test('reports a missing interpreter, and one that is another Python now', async () => {
  const { env, kinds } = await place();
  const cfg = path.join(env, 'pyvenv.cfg');
  const text = readFileSync(cfg, 'utf8');
  writeFileSync(cfg, text.replace(/^version = 3\.\d+/m, 'version = 3.5'));
  expect(await kinds('-p', env)).toMatchObject({ code: 6, problems: ['environment-damaged'] });
  writeFileSync(cfg, text);
  for (const generation of ['1', '2']) {
    const link = path.join(env, '.wheelwright/generations', generation, 'bin/python');
    rmSync(link);
    symlinkSync('/nowhere/python3', link);
  }
  writeFileSync(cfg, text.replace(/^(home|executable) = .*$/gm, '$1 = /nowhere'));
  expect(await kinds('-p', env)).toEqual({ code: 6, problems: ['interpreter-gone'] });
});

test('reports a moved environment, an unfinished change and a lost pointer', async () => {
  const { dir, env, kinds, findings } = await place();
  mkdirSync(path.join(env, '.wheelwright', 'generations', '7'));
  expect(await kinds()).toEqual({ code: 6, problems: ['unfinished'] });
  rmSync(path.join(env, '.wheelwright', 'generations', '7'), { recursive: true });
  const moved = path.join(dir, 'moved');
  renameSync(env, moved);
  const { found } = await findings('-p', moved);
  expect(found.find(({ kind }) => kind === 'environment-moved')?.text).toContain(`${env}, and not ${moved}`);
  rmSync(path.join(moved, '.wheelwright', 'current'));
  const lost = await findings('-p', moved);
  expect(lost.found.map(({ kind }) => kind)).toContain('environment-damaged');
  expect(lost.found[0]).toMatchObject({ proposal: `\`ww repair -p ${moved}\` restores it.` });
  writeFileSync(path.join(moved, '.wheelwright', 'format'), '99\n');
  expect(await kinds('-p', moved)).toEqual({ code: 6, problems: ['newer-format'] });
});

test('reports a store that others can write to, and variables that change imports', async () => {
  const { dir, kinds, findings } = await place({ PYTHONPATH: '/elsewhere', PYTHONDONTWRITEBYTECODE: '1' });
  const { found } = await findings();
  expect(found.map(({ kind }) => kind).sort()).toEqual(expect.arrayContaining(['byte-code', 'python-path']));
  chmodSync(path.join(dir, 'store'), 0o777);
  expect(await kinds()).toEqual({ code: 6, problems: ['store-unsafe'] });
});

test('reports the holder of the lock as a note', async () => {
  const { env, one, start, findings } = await place();
  const fifo = path.join(path.dirname(env), 'go.txt');
  const command = `echo ready; until [ -e ${fifo} ]; do sleep 0.05; done`;
  const holder = start(['install', one, '--force-reinstall', '--check', command]);
  await new Promise<void>((resolve) => {
    holder.stderr?.on('data', (data) => String(data).includes('ready\n') && resolve());
  });
  const { code, found } = await findings();
  expect(code).toBe(0);
  expect(found.find(({ kind }) => kind === 'lock-held')?.text).toMatch(/^ww install .*pid \d+.* holds the lock/);
  writeFileSync(fifo, '');
  expect(await new Promise((resolve) => holder.once('close', resolve))).toBe(0);
});
