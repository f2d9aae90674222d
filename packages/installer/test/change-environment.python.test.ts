// What real interpreters and pip make of an environment that was changed.
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createEnvironment, findInterpreter, type Interpreter } from '@wheelwright/python';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, verifyEnvironment } from '../src/index.ts';
import { type WheelTreeOptions, wheelTree } from './environments.ts';

const run = promisify(execFile);
const interpreter = await tryFindInterpreter(findInterpreter);

async function place(python: Interpreter) {
  const dir = temporaryDir();
  const env = path.join(dir, 'env');
  await createEnvironment(env, { interpreter: python, layout: 'own' });
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const environment = { ...process.env };
  delete environment.PYTHONDONTWRITEBYTECODE;
  const inside = (...words: string[]) =>
    execFileSync(path.join(env, 'bin', words[0]!), words.slice(1), { encoding: 'utf8', env: environment });
  const pip = (...words: string[]) =>
    execFileSync(
      python.executable,
      ['-m', 'pip', '--disable-pip-version-check', '--python', path.join(env, 'bin/python'), ...words],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  return { env, wheel, inside, pip };
}

const hasPip = (python: Interpreter) => {
  try {
    execFileSync(python.executable, ['-m', 'pip', '--python', python.executable, '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(interpreter === undefined)(
  'What was installed is imported, run and listed, and not after it was removed.',
  async () => {
    const { env, wheel, inside } = await place(interpreter!);
    const body = '#!python\nimport sys\nprint("body", sys.argv[1:], __name__)\n';
    const one = wheel('one', {
      files: { 'one/__init__.py': 'version = "1"\ndef main(): print("one", version)\n', 'one/data.txt': 'text' },
      scripts: { 'one-cli': 'one:main' },
      data: { 'scripts/one-body': body, 'data/share/one.txt': 'shared' },
    });
    await changeEnvironment(env, { add: [one], remove: [] });
    expect(inside('python', '-c', 'import one; print(one.version)')).toBe('1\n');
    expect(inside('one-cli')).toBe('one 1\n');
    expect(inside('one-body', 'x', 'y')).toBe("body ['x', 'y'] __main__\n");
    const listed =
      'from importlib.metadata import *; print(version("one"), [f.name for f in files("one") if f.locate().exists() is False])';
    expect(inside('python', '-c', listed)).toBe('1.0 []\n');
    expect(inside('python', '-c', 'import sys; print(open(sys.prefix + "/share/one.txt").read())')).toBe('shared\n');
    expect(verifyEnvironment(env).problems).toEqual([]);
    await changeEnvironment(env, { add: [], remove: [one.name] });
    expect(inside('python', '-c', 'import importlib.util as u; print(u.find_spec("one"))')).toBe('None\n');
    expect(verifyEnvironment(env).problems).toEqual([]);
  },
);

test.skipIf(interpreter === undefined || !hasPip(interpreter))(
  'pip lists, checks and uninstalls what we installed, and we adopt what it did.',
  async () => {
    const { env, wheel, pip } = await place(interpreter!);
    const share = { 'data/share/x/one.txt': '1' };
    const two = wheel('two', {
      scripts: { two: 'two:main' },
      data: share,
      bytecode: { 'two/__pycache__/mod.cpython-311.pyc': 'x' },
    });
    await changeEnvironment(env, { add: [wheel('one'), two], remove: [] });
    const listed = () =>
      (JSON.parse(pip('list', '--format=json')) as { name: string }[])
        .map(({ name }) => name)
        .filter((name) => name !== 'pip');
    expect(listed()).toEqual(['one', 'two']);
    expect(pip('check')).toContain('No broken requirements');
    pip('uninstall', '-y', 'two');
    expect(listed()).toEqual(['one']);
    await changeEnvironment(env, { add: [wheel('three')], remove: [] });
    expect(listed()).toEqual(['one', 'three']);
    expect(verifyEnvironment(env).problems).toEqual([]);
    expect(readdirSync(path.join(env, 'bin'))).not.toContain('two');
    // What pip removed here is still in the store, and in the generation before.
    expect(readFileSync(path.join(two.treeDir, 'two/mod.py'), 'utf8')).toBe('x = 1\n');
  },
);

test.skipIf(interpreter === undefined)(
  'Processes that run through a switch keep what they started with; those that start after it have the new.',
  async () => {
    const { env, wheel, inside } = await place(interpreter!);
    const version = (text: string) => {
      const files = { 'p/__init__.py': `v = '${text}'\n`, 'p/late.py': `v = '${text}'\n` };
      return wheel('p', { version: text, files });
    };
    await changeEnvironment(env, { add: [version('1.0')], remove: [] });
    const code =
      'import p, sys; print(p.v, flush=True); sys.stdin.readline(); import p.late; from importlib.metadata import version; print(p.late.v, version("p"))';
    const reader = run(path.join(env, 'bin/python'), ['-c', code]);
    await new Promise((resolve) => reader.child.stdout?.once('data', resolve));
    await changeEnvironment(env, { add: [version('2.0')], remove: [] });
    reader.child.stdin?.end('go\n');
    expect((await reader).stdout).toBe('1.0\n1.0 1.0\n');
    expect(inside('python', '-c', 'import p; print(p.v)')).toBe('2.0\n');
    rmSync(env, { recursive: true });
  },
);
