// Checks of a staged environment with a real interpreter: what they see, what they leave, and how they are ended.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createEnvironment, findInterpreter } from '@wheelwright/python';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import {
  type CheckStaged,
  changeEnvironment,
  checkCommand,
  checkImports,
  InstallError,
  verifyEnvironment,
} from '../../src/index.ts';
import { readTree, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { leftByKilled, processesIn } from '../processes.ts';

const { PYTHONDONTWRITEBYTECODE: _, ...environment } = process.env;
const interpreter = await tryFindInterpreter(findInterpreter);
const withPython = test.skipIf(interpreter === undefined);

async function place() {
  const dir = temporaryDir();
  const env = path.join(dir, 'env');
  await createEnvironment(env, { interpreter: interpreter!, layout: 'own' });
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const options = { environment, cwd: dir, timeoutMs: 60_000 };
  const command =
    (text: string, more = {}): CheckStaged =>
    (staged) =>
      checkCommand(staged, text, { ...options, ...more });
  const imports: CheckStaged = (staged) => checkImports(staged, options);
  return { dir, env, wheel, command, imports };
}

const failure = async (change: Promise<unknown>) => {
  const error = await change.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InstallError);
  return error as InstallError;
};

withPython('What can be imported is committed, and the check has left nothing.', async () => {
  const { env, wheel, imports } = await place();
  const one = wheel('one');
  const lines: Record<string, string> = { 'two/__init__.py': 'import one\n' };
  expect(
    await changeEnvironment(env, { add: [one, wheel('two', { files: lines })], remove: [] }, { check: imports }),
  ).toMatchObject({
    generation: 2,
    committed: true,
  });
  expect(verifyEnvironment(env).problems).toEqual([]);
  expect(Object.keys(readTree(env)).filter((file) => file.includes('__pycache__'))).toEqual([]);
  expect(existsSync(path.join(env, '.wheelwright', 'staging'))).toBe(false);
});

withPython(
  'Everything that cannot be imported is named with its error, and the environment is as it was.',
  async () => {
    const { env, wheel, imports } = await place();
    const before = readTree(env);
    const files = {
      'lacking.py': 'import nowhere_to_be_found\n',
      'crashing.py': 'import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n',
      'leaving.py': 'raise SystemExit(3)\n',
      'fine.py': 'print("hello")\n',
    };
    const other = wheel('other', { files: { 'other.py': 'import fine\nprint("[]")\n' } });
    const error = await failure(
      changeEnvironment(env, { add: [wheel('one', { files }), other], remove: [] }, { check: imports }),
    );
    expect(error.code).toBe('INSTALL_CHECK_FAILED');
    expect(error.message).toContain(
      "lacking (of one) cannot be imported: ModuleNotFoundError: No module named 'nowhere_to_be_found'",
    );
    const { failures } = error.data as { failures: { name: string; error: string }[] };
    expect(failures.map(({ name }) => name).sort()).toEqual(['crashing', 'lacking', 'leaving']);
    expect(failures.find(({ name }) => name === 'crashing')?.error).toContain('SIGSEGV');
    expect(readTree(env)).toEqual(before);
  },
);

withPython('A command sees the staged environment and nothing of the present one.', async () => {
  const { dir, env, wheel, command } = await place();
  const scripts = { go: 'one:main' };
  const files = (version: string) => ({
    'one.py': `import sys\ndef main():\n    print(${version}, sys.prefix == __import__("os").environ["VIRTUAL_ENV"])\n`,
  });
  const data = { 'scripts/body': '#!python\nimport one, sys\nprint("body", one.__file__)\n', 'data/share/text': '2' };
  await changeEnvironment(env, { add: [wheel('one', { scripts, files: files('1') })], remove: [] });
  writeFileSync(path.join(dir, 'test.sh'), 'go > go.txt\nbody > body.txt\ncat "$VIRTUAL_ENV/share/text" > text.txt\n');
  const searchPath = `${env}/bin:${environment.PATH}`;
  const check = command('. ./test.sh', { environment: { ...environment, PATH: searchPath, VIRTUAL_ENV: env } });
  const two = wheel('one', { version: '2.0', scripts, files: files('2'), data });
  await changeEnvironment(env, { add: [two], remove: [] }, { check });
  const said = (name: string) => readFileSync(path.join(dir, name), 'utf8');
  expect(said('go.txt')).toBe('2 True\n');
  expect(said('body.txt')).toContain('/generations/3/');
  expect(said('text.txt')).toBe('2');
});

withPython('A command that fails tells its status and its last words.', async () => {
  const { env, wheel, command } = await place();
  const check = command('echo one; echo two >&2; exit 7');
  const error = await failure(changeEnvironment(env, { add: [wheel('one')], remove: [] }, { check }));
  expect(error.message).toContain('ended with 7 (two)');
  expect(error.data).toMatchObject({ status: 7, output: 'one\ntwo\n', committed: false });
});

withPython('Byte-code and other files that a check makes are gone, and an edit refuses the change.', async () => {
  const { env, wheel, command } = await place();
  const inside = 'cd "$VIRTUAL_ENV"/lib/python*/site-packages';
  const making = command(
    `unset PYTHONDONTWRITEBYTECODE; python -c "import one.mod"; ${inside}; mkdir -p x/y; touch x/y/z`,
  );
  await changeEnvironment(env, { add: [wheel('one')], remove: [] }, { check: making });
  expect(Object.keys(readTree(`${env}/lib/`)).filter((file) => /pycache__\/mod|x\/y/.test(file))).toEqual([]);
  expect(verifyEnvironment(env).problems).toEqual([]);
  const before = readTree(env);
  const editing = command(`${inside}; chmod u+w two/mod.py; echo edited >> two/mod.py`);
  const error = await failure(changeEnvironment(env, { add: [wheel('two')], remove: [] }, { check: editing }));
  expect(error.code).toBe('INSTALL_CHECK_FAILED');
  expect(error.message).toContain('two/mod.py');
  expect(readTree(env)).toEqual(before);
});

/** Starts processes that do all they can to stay: in the background, in a session of its own, and forked twice. */
const stubborn = [
  'sleep 1000 &',
  "(trap '' TERM; sleep 1001) &",
  'python -c "',
  'import os, time',
  'if os.fork() == 0:',
  '    os.setsid()',
  '    if os.fork() == 0:',
  "        open('daemon.pid', 'w').write(str(os.getpid()))",
  '        time.sleep(1002)',
  '    os._exit(0)',
  "while not os.path.exists('daemon.pid') or not open('daemon.pid').read(): time.sleep(0.01)\"",
].join('\n');

withPython('A check that takes too long ends with everything that it started.', async () => {
  const { dir, env, wheel, command } = await place();
  const before = readTree(env);
  const check = command(`${stubborn}\nwait`, { timeoutMs: 1500 });
  const error = await failure(changeEnvironment(env, { add: [wheel('one')], remove: [] }, { check }));
  expect(error.message).toContain('did not end within 1.5 s');
  expect(processesIn(dir)).toEqual([]);
  expect(readTree(env)).toEqual(before);
});

withPython('What a check leaves running ends with it.', async () => {
  const { dir, env, wheel, command } = await place();
  await changeEnvironment(env, { add: [wheel('one')], remove: [] }, { check: command(stubborn) });
  expect(processesIn(dir)).toEqual([]);
});

withPython('A signal ends the check, and the environment is as it was.', async () => {
  const { dir, env, wheel, command } = await place();
  const before = readTree(env);
  const abort = new AbortController();
  const { signal } = abort;
  const onLine = () => abort.abort(new Error('stop'));
  const check = command(`${stubborn}\necho ready; wait`, { signal, onLine });
  const error = await failure(changeEnvironment(env, { add: [wheel('one')], remove: [] }, { check, signal }));
  expect(error.code).toBe('INSTALL_ABORTED');
  expect(processesIn(dir)).toEqual([]);
  expect(readTree(env)).toEqual(before);
});

withPython('When the installing process is killed, its check ends before anyone else gets the lock.', async () => {
  const { env, wheel } = await place();
  const before = readTree(env);
  const task = { environmentDir: env, wheel: wheel('one'), command: `${stubborn}\ntouch ready; echo ready; wait` };
  expect(await leftByKilled(task)).toEqual([]);
  expect(readTree(env)).toEqual(before);
});

withPython('Every import that fails is reported, however many there are.', async () => {
  const { env, wheel, imports } = await place();
  const add = Array.from({ length: 30 }, (_, index) => {
    const text = `raise ValueError(${JSON.stringify('x'.repeat(3000))})\n`;
    return wheel(`bad${index}`, { files: { [`bad${index}/__init__.py`]: text } });
  });
  const error = await changeEnvironment(env, { add, remove: [] }, { check: imports }).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'INSTALL_CHECK_FAILED', data: { failures: expect.anything() } });
  expect(error.data.failures).toHaveLength(30);
});

withPython('A check may take longer than any timer of Node.', async () => {
  const { env, wheel, command } = await place();
  const check = command('true', { timeoutMs: 1e12 });
  expect(await changeEnvironment(env, { add: [wheel('one')], remove: [] }, { check })).toMatchObject({
    committed: true,
  });
});
