// Scripts as people and kernels start them: found on PATH, at paths that no shebang can hold, in spawned workers, and
// while the generation is switched between the kernel's look at the script and Python's.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { pythonScript, type ScriptTarget } from '../src/index.ts';
import { makeEnvironment, plainVariables, switchTo } from './generations.ts';
import { typicalInterpreters } from './interpreters.ts';

const interpreters = (await typicalInterpreters()).map(
  (interpreter) => [interpreter.versionText, interpreter] as const,
);

const first = interpreters[0]!;

const hello: ScriptTarget = { name: 'hello', kind: 'entry-point', module: 'pkg.cli', attribute: 'main' };
const cli =
  'import sys\ndef main():\n    print("hello", sys.argv)\n    return 3\nclass App:\n    @staticmethod\n    def run():\n        print("app")\n';
const bodyPath = 'tool-1.0.dist-info/scripts/tool.py';
const body: ScriptTarget = { name: 'tool.py', kind: 'body', path: bodyPath };

function start(script: string, words: readonly string[] = [], variables: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(script, words, {
    encoding: 'utf8',
    env: { ...plainVariables(), ...variables },
  });
  return { status, stdout: stdout.trimEnd(), stderr: stderr.trimEnd() };
}

describe.each(interpreters)('Python %s', (_version, interpreter) => {
  test('an entry point gets its words and its result is the exit status', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const files = { 'pkg/__init__.py': '', 'pkg/cli.py': cli };
    const nested: ScriptTarget = { name: 'app', kind: 'entry-point', module: 'pkg.cli', attribute: 'App.run' };
    await makeEnvironment(dir, interpreter, [{ files, scripts: [hello, nested] }]);
    const script = path.join(dir, 'bin', 'hello');
    expect(start(script, ['a b'])).toEqual({ status: 3, stdout: `hello ['${script}', 'a b']`, stderr: '' });
    expect(start(path.join(dir, 'bin', 'app'))).toEqual({ status: 0, stdout: 'app', stderr: '' });
    const env = { ...plainVariables(), PATH: `${path.join(dir, 'bin')}:/usr/bin:/bin` };
    expect(spawnSync('hello', { env, encoding: 'utf8' }).stdout).toContain(script);
  });

  test.each(['with space', `long${'x'.repeat(130)}`, `quo'te"$HOME`])(
    'an environment below %j has working scripts',
    async (name) => {
      const dir = path.join(temporaryDir(), name, 'env');
      mkdirSync(path.dirname(dir));
      await makeEnvironment(dir, interpreter, [
        { files: { 'pkg/__init__.py': '', 'pkg/cli.py': cli }, scripts: [hello] },
      ]);
      const { status, stderr } = start(path.join(dir, 'bin', 'hello'), [], { PYTHONWARNINGS: 'error' });
      expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    },
  );

  test('the body of a script sees what it would see had the kernel started it', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const text = `#!python
# coding: latin-1
"""The doc."""
from __future__ import division
import json, sys
print(json.dumps([__name__, __file__, __doc__, sys.argv, sys.path[0], "_wheelwright_scripts" in globals()]))
`;
    await makeEnvironment(dir, interpreter, [{ files: { [bodyPath]: text }, scripts: [body] }]);
    const script = path.join(dir, 'bin', 'tool.py');
    expect(JSON.parse(start(script, ['x']).stdout)).toEqual([
      '__main__',
      script,
      'The doc.',
      [script, 'x'],
      // Python puts the real directory of a script first.
      path.join(dir, '.wheelwright/generations/1/bin'),
      false,
    ]);
  });

  test('an error in a body names the line of the body', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const text = '#!python\n\nraise SystemError("here")\n';
    await makeEnvironment(dir, interpreter, [{ files: { [bodyPath]: text }, scripts: [body] }]);
    const { status, stderr } = start(path.join(dir, 'bin', 'tool.py'));
    expect(status).toBe(1);
    expect(stderr).toContain('tool-1.0.dist-info/scripts/tool.py", line 3');
    expect(stderr).toContain('raise SystemError("here")');
  });

  test('workers that are spawned find the functions of a body', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const text = `#!python
import multiprocessing
def double(n):
    return 2 * n
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
`;
    await makeEnvironment(dir, interpreter, [{ files: { [bodyPath]: text }, scripts: [body] }]);
    expect(start(path.join(dir, 'bin', 'tool.py'))).toEqual({ status: 0, stdout: '[2, 4]', stderr: '' });
  });

  test('workers that an entry point spawns do not run it again', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const text = `
import multiprocessing
def double(n):
    return 2 * n
def main():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
`;
    await makeEnvironment(dir, interpreter, [
      { files: { 'pkg/__init__.py': '', 'pkg/cli.py': text }, scripts: [hello] },
    ]);
    expect(start(path.join(dir, 'bin', 'hello'))).toEqual({ status: 0, stdout: '[2, 4]', stderr: '' });
  });

  test('a script is the same in every generation, and runs what the pinned one says', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const moved: ScriptTarget = { name: 'hello', kind: 'entry-point', module: 'elsewhere', attribute: 'start' };
    await makeEnvironment(dir, interpreter, [
      { files: { 'pkg/__init__.py': '', 'pkg/cli.py': 'def main(): print("one")\n' }, scripts: [hello] },
      { files: { 'elsewhere.py': 'def start(): print("two")\n' }, scripts: [moved] },
    ]);
    const script = path.join(dir, 'bin', 'hello');
    expect(start(script).stdout).toBe('one');
    // The kernel has read the script of generation 1 when its interpreter starts in generation 2.
    const opened = execFileSync('/bin/cat', [script], { encoding: 'utf8' });
    switchTo(dir, 2);
    expect(
      execFileSync(path.join(dir, 'bin', 'python'), ['-'], { input: opened, encoding: 'utf8', env: plainVariables() }),
    ).toBe('two\n');
    expect(start(script).stdout).toBe('two');
  });

  test('a script that the generation no longer has says so', async () => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{ scripts: [] }]);
    const { status, stderr } = spawnSync(
      path.join(dir, 'bin', 'python'),
      ['-c', 'import _wheelwright_scripts as s; s.run("gone", globals())'],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'gone: this environment has no script of that name any more\n',
    });
  });
});

// The bodies that `#!/bin/sh` and its lines would break: each prints `é` and its own line number.
const bodies: Readonly<Record<string, string>> = {
  'no peculiarity': 'print("é")\n',
  'an encoding': '# -*- coding: latin-1 -*-\nprint("\xe9")\n',
  'an encoding and a future import': '# coding=latin-1\n\nfrom __future__ import generator_stop\nprint("\xe9")\n',
  'a docstring and a future import':
    '"""Says é."""\nfrom __future__ import generator_stop\nassert __doc__.endswith("Says é.")\nprint("é")\n',
  'comments, a raw docstring and a future import':
    "# one\n\n  # two `id` \"\n#\nr'''Says \\n.'''\nfrom __future__ import generator_stop\nprint(\"é\")\n",
  'a future import alone': 'from __future__ import generator_stop\nprint("é")\n',
  'lines that end in CRLF': '# one\r\n\r\nfrom __future__ import generator_stop\r\nprint("é")\r\n',
  'a spawned worker':
    '# coding: latin-1\nimport multiprocessing\ndef f(x): return x\nif __name__ == "__main__":\n' +
    '    with multiprocessing.get_context("spawn").Pool(1) as pool: print(pool.map(f, ["\xe9"])[0])\n',
};

describe.each(['short', `with blank ${'long'.repeat(40)}`, 'größe $HOME'])(
  'a script of an interpreter below %j',
  (name) => {
    test.each(Object.entries(bodies))('with %s runs', (_title, body) => {
      const dir = path.join(temporaryDir(), name);
      mkdirSync(dir);
      const python = path.join(dir, 'python');
      writeFileSync(python, `#!/bin/sh\nexec '${first[1].executable}' "$@"\n`, { mode: 0o755 });
      const script = path.join(dir, 'script.py');
      const isLatin = /coding[:=] ?latin-1/.test(body);
      const data = pythonScript(python, Buffer.from(body, isLatin ? 'latin1' : 'utf8'));
      writeFileSync(script, data, { mode: 0o755 });
      const env = { ...plainVariables(), PYTHONIOENCODING: 'utf-8' };
      // The kernel may take no script as the interpreter of a script.
      const words = data.toString().startsWith('#!/bin/sh') ? [script] : [first[1].executable, script];
      expect(spawnSync(words[0]!, words.slice(1), { encoding: 'utf8', env })).toMatchObject({
        stdout: 'é\n',
        stderr: '',
      });
    });
  },
);
