// Checks of environments that are changed in place, with a real interpreter: ordinary venvs, the prefix of an interpreter
// and target directories.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { createEnvironment, findInterpreter } from '@wheelwright/python';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import {
  type ChangeOptions,
  type CheckStaged,
  changeEnvironment,
  checkCommand,
  checkImports,
  type EnvironmentChange,
  verifyEnvironment,
} from '../../src/index.ts';
import { readTree, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { leftByKilled, processesIn } from '../processes.ts';

const { PYTHONDONTWRITEBYTECODE: _, ...environment } = process.env;
const interpreter = await tryFindInterpreter(findInterpreter);

interface Place {
  readonly env: string;
  readonly given: ChangeOptions;
  /** How a user starts its interpreter. */
  readonly python: readonly string[];
}

const ofInterpreter = 'the prefix of an interpreter';
const kinds: readonly (readonly [string, (dir: string) => Promise<Place>])[] = [
  [
    'an ordinary venv',
    async (dir) => {
      const env = path.join(dir, 'env');
      await createEnvironment(env, { interpreter: interpreter!, layout: 'plain' });
      return { env, given: {}, python: [path.join(env, 'bin/python')] };
    },
  ],
  [
    'a venv of python',
    async (dir) => {
      const env = path.join(dir, 'env');
      execFileSync(interpreter!.executable, ['-m', 'venv', '--without-pip', env]);
      return { env, given: {}, python: [path.join(env, 'bin/python')] };
    },
  ],
  [
    'a venv with a copy of the interpreter',
    async (dir) => {
      const env = path.join(dir, 'env');
      execFileSync(interpreter!.executable, ['-m', 'venv', '--copies', '--without-pip', env]);
      return { env, given: {}, python: [path.join(env, 'bin/python')] };
    },
  ],
  [
    ofInterpreter,
    async (dir) => {
      const env = copyInterpreter(path.join(dir, 'env'));
      return { env, given: {}, python: [path.join(env, 'bin/python3')] };
    },
  ],
  [
    'a target directory',
    async (dir) => {
      const env = path.join(dir, 'env');
      mkdirSync(env);
      const python = interpreter!.executable;
      return { env, given: { target: { python } }, python: ['/usr/bin/env', `PYTHONPATH=${env}`, python] };
    },
  ],
];

async function fill(make: (dir: string) => Promise<Place>) {
  const dir = temporaryDir();
  const { env, given, python } = await make(dir);
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const change = (wanted: Partial<EnvironmentChange>, options: ChangeOptions = {}) =>
    changeEnvironment(env, { add: [], remove: [], ...wanted }, { ...given, ...options });
  const common = { environment, cwd: dir, timeoutMs: 60_000 };
  const command =
    (text: string, more = {}): CheckStaged =>
    (staged) =>
      checkCommand(staged, text, { ...common, ...more });
  const imports: CheckStaged = (staged) => checkImports(staged, common);
  const said = (name: string) => readFileSync(path.join(dir, name), 'utf8');
  // A lock file is made where none was.
  const tree = () => Object.entries(readTree(env)).filter(([name]) => name !== '.lock' && name !== '/');
  return { dir, env, wheel, change, command, imports, said, tree, python, given };
}

// Debian's Python looks for packages in the system's own directories, so that a copy of it is not a separate prefix.
const isDebian = interpreter !== undefined && /True/.test(say('"posix_local" in sysconfig.get_scheme_names()'));
const possible = kinds.filter(([kind]) => !isDebian || kind !== ofInterpreter);

test.runIf(isDebian)(`${ofInterpreter} is not tried: this Python is Debian's`, () => {
  expect(possible).toHaveLength(kinds.length - 1);
});

describe.skipIf(interpreter === undefined).each(possible)('Before the change of %s', (kind, make) => {
  const isTarget = kind === 'a target directory';

  test('new packages are imported together with those that stay, and a failure leaves everything unchanged', async () => {
    const { env, wheel, change, imports, tree, given } = await fill(make);
    await change({ add: [wheel('one')] }, { check: imports });
    const two = wheel('two', { files: { 'two/__init__.py': 'import one\nassert one.version == "1.0"\n' } });
    expect(await change({ add: [two] }, { check: imports })).toMatchObject({ committed: true });
    expect(verifyEnvironment(env, given).problems).toEqual([]);
    const before = tree();
    const bad = wheel('bad', { files: { 'bad.py': 'import absent\n' } });
    await expect(change({ add: [bad] }, { check: imports })).rejects.toMatchObject({
      code: 'INSTALL_CHECK_FAILED',
      message: expect.stringContaining("bad cannot be imported: ModuleNotFoundError: No module named 'absent'"),
    });
    const apart = wheel('apart', { files: { 'apart.py': 'import one\n' } });
    await expect(change({ add: [apart], remove: [wheel('one').name] }, { check: imports })).rejects.toMatchObject({
      message: expect.stringContaining("No module named 'one'"),
    });
    expect(tree()).toEqual(before);
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
  });

  test('an upgrade that breaks what is installed is caught by a command, which runs the new scripts', async () => {
    const { dir, env, wheel, change, command, said, tree, python } = await fill(make);
    const files = (version: string, name: string) => ({
      'lib1.py': `def ${name}():\n    print(${version})\n`,
    });
    const user = wheel('user', { files: { 'user.py': 'from lib1 import old\n' }, scripts: { use: 'user:old' } });
    await change({ add: [wheel('lib1', { files: files('1', 'old'), scripts: { lib: 'lib1:old' } }), user] });
    const before = tree();
    const searchPath = `${env}/bin:${environment.PATH}`;
    const active = { environment: { ...environment, PATH: searchPath, VIRTUAL_ENV: env, PYTHONPATH: env } };
    const worse = wheel('lib1', { version: '2.0', files: files('2', 'new'), scripts: { lib: 'lib1:new' } });
    const check = command('lib > lib.txt && use', active);
    await expect(change({ add: [worse] }, { check })).rejects.toMatchObject({ code: 'INSTALL_CHECK_FAILED' });
    expect(said('lib.txt')).toBe('2\n');
    expect(tree()).toEqual(before);
    const better = wheel('lib1', { version: '3.0', files: files('3', 'old'), scripts: { lib: 'lib1:old' } });
    const whole = 'use > use.txt && python -c "import lib1, sys; print(lib1.__file__, sys.prefix)" > where.txt';
    await change({ add: [better] }, { check: command(whole, active) });
    expect(said('use.txt')).toBe('3\n');
    const [file, prefix] = said('where.txt').trim().split(' ');
    expect(file).toContain('/.wheelwright/work/transaction/scratch/prefix/');
    if (!isTarget) expect(prefix).toBe(path.join(env, '.wheelwright/work/transaction/scratch/prefix'));
    const now = execFileSync(python[0]!, [...python.slice(1), '-c', 'import user; user.old()'], { cwd: dir });
    expect(now.toString()).toBe('3\n');
  });

  test('byte-code that a check makes does not come into the prefix', async () => {
    const { wheel, change, command, tree } = await fill(make);
    await change({ add: [wheel('one')] });
    const packages = () => tree().filter(([file]) => /pycache__\/(?:__init__|mod|two)\./.test(file));
    const before = packages();
    const text =
      'unset PYTHONDONTWRITEBYTECODE; python -c "import one.mod, two"; python -m compileall -q "$(dirname "$(python -c "import one; print(one.__file__)")")"';
    await change({ add: [wheel('two')] }, { check: command(text) });
    expect(packages()).toEqual(before);
  });

  test('a check that takes too long ends with what it started', async () => {
    const { dir, wheel, change, command, tree } = await fill(make);
    const before = tree();
    const check = command('sleep 1000 & (trap "" TERM; sleep 1001) & python -c "import time; time.sleep(1002)"', {
      timeoutMs: 700,
    });
    await expect(change({ add: [wheel('one')] }, { check })).rejects.toMatchObject({
      message: expect.stringContaining('did not end within 0.7 s'),
    });
    expect(processesIn(dir)).toEqual([]);
    expect(tree()).toEqual(before);
  });
});

test.skipIf(interpreter === undefined)(
  'When the installing process is killed, its check ends before anyone else gets the lock of the venv.',
  async () => {
    const { env, wheel, change, tree } = await fill(kinds[0]![1]);
    const before = tree();
    const task = { environmentDir: env, wheel: wheel('one'), command: 'sleep 1000 & touch ready; echo ready; wait' };
    expect(await leftByKilled(task)).toEqual([]);
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
    expect(tree()).toEqual(before);
    expect(await change({ add: [wheel('one')] })).toMatchObject({ committed: true });
  },
);

/** A prefix of its own for the interpreter: its library by links, packages without an owner. */
function say(expression: string): string {
  return execFileSync(interpreter!.executable, ['-c', `import sysconfig; print(${expression})`], { encoding: 'utf8' });
}

function copyInterpreter(dir: string): string {
  const { executable, libDirName } = interpreter!;
  const real = realpathSync(executable);
  const library = execFileSync(real, ['-c', 'import os; print(os.path.dirname(os.__file__))'], {
    encoding: 'utf8',
  }).trim();
  const target = path.join(dir, 'lib', libDirName);
  mkdirSync(path.join(dir, 'bin'), { recursive: true });
  mkdirSync(path.join(target, 'site-packages'), { recursive: true });
  for (const name of readdirSync(library)) {
    if (!['site-packages', 'dist-packages', 'EXTERNALLY-MANAGED', '__pycache__'].includes(name))
      symlinkSync(path.join(library, name), path.join(target, name));
  }
  for (const name of readdirSync(`${path.dirname(path.dirname(real))}/lib`)) {
    if (name.startsWith('libpython'))
      symlinkSync(path.join(path.dirname(path.dirname(real)), 'lib', name), path.join(dir, 'lib', name));
  }
  copyFileSync(real, path.join(dir, 'bin', libDirName));
  symlinkSync(libDirName, path.join(dir, 'bin/python3'));
  symlinkSync(libDirName, path.join(dir, 'bin/python'));
  rmSync(path.join(target, '__pycache__'), { recursive: true, force: true });
  return dir;
}
