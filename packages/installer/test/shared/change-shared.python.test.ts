// What real interpreters and pip make of environments that share their packages, also while these are changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '@wheelwright/atomic-fs';
import { createEnvironment, findInterpreter, type Interpreter } from '@wheelwright/python';
import { startProcess } from '@wheelwright/testkit/actors';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, onTestFinished, test } from 'vitest';
import { changeEnvironment, exportEnvironment, type SharedLayout, verifyEnvironment } from '../../src/index.ts';
import { readTree, type WheelTreeOptions, wheelTree } from '../environments.ts';

const interpreter = await tryFindInterpreter(findInterpreter);
const variables = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PYTHON|PIP_)/.test(name)));

const compileScript = `
import os, py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for name in sys.argv[2:]:
    py_compile.compile(os.path.join(sys.argv[1], name), invalidation_mode=mode)
`;

async function place(python: Interpreter) {
  const dir = temporaryDir();
  onTestFinished(() => removeTree(path.join(dir, 'data')));
  const compileModules = async (at: string, names: readonly string[]) => {
    execFileSync(python.executable, ['-I', '-S', '-c', compileScript, at, ...names]);
  };
  const sharing: SharedLayout = {
    dataDir: path.join(dir, 'data'),
    compile: async (wheels) => wheels,
    compileModules,
    findWheel: async () => undefined,
  };
  const make = async (name: string) => {
    const env = path.join(dir, name);
    await createEnvironment(env, { interpreter: python, layout: 'shared' });
    return env;
  };
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const run = (env: string, ...words: string[]) =>
    execFileSync(path.join(env, 'bin', words[0]!), words.slice(1), { encoding: 'utf8', env: variables });
  return { dir, sharing, make, wheel, run };
}

const versioned = (version: string): WheelTreeOptions => ({
  version,
  files: {
    'p/__init__.py': `v = '${version}'\n`,
    'p/late.py': `v = '${version}'\n`,
    'p/main.py': `def main():\n    import p, p.late\n    from importlib.metadata import version\n    print(p.v, p.late.v, version("p"))\n`,
  },
  scripts: { 'p-run': 'p.main:main' },
});

describe.skipIf(interpreter === undefined)('with an interpreter', () => {
  test('Python imports, runs and lists shared packages from their real path and with their byte-code', async () => {
    const { sharing, make, wheel, run } = await place(interpreter!);
    const body = '#!python\nimport sys\nprint("body", sys.argv[1:], __name__)\n';
    const one = wheel('one', {
      files: { 'one/__init__.py': 'version = "1"\ndef main(): print("one", version)\n' },
      scripts: { 'one-cli': 'one:main' },
      data: { 'scripts/one-body': body, 'data/share/one.txt': 'shared' },
    });
    for (const name of ['a', 'b']) {
      const env = await make(name);
      await changeEnvironment(env, { add: [one], remove: [] }, { sharing });
      expect(run(env, 'one-cli')).toBe('one 1\n');
      expect(run(env, 'one-body', 'x')).toBe("body ['x'] __main__\n");
      const seen = JSON.parse(
        run(
          env,
          'python',
          '-c',
          'import json, one, sys, _wheelwright_pin as pin; print(json.dumps([one.__file__, sys.prefix, pin.__cached__]))',
        ),
      );
      const shared = realpathSync(path.join(env, 'lib'));
      expect(seen[0]).toBe(path.join(shared, interpreter!.libDirName, 'site-packages/one/__init__.py'));
      expect(seen[1]).toBe(env);
      expect(existsSync(seen[2])).toBe(true);
      expect(run(env, 'python', '-c', 'import sys; print(open(sys.prefix + "/share/one.txt").read())')).toBe(
        'shared\n',
      );
      expect(verifyEnvironment(env).problems).toEqual([]);
    }
  });

  test('readers during switches see one version, scripts too, and what they began with is whole to their end', async () => {
    const { sharing, make, wheel } = await place(interpreter!);
    const env = await make('env');
    const [one, two] = [wheel('p', versioned('1.0')), wheel('p', versioned('2.0'))];
    await changeEnvironment(env, { add: [one], remove: [] }, { sharing });
    await changeEnvironment(env, { add: [two], remove: [] }, { sharing });
    const code =
      'import p, sys; print(p.v, flush=True); sys.stdin.readline(); import p.late; from importlib.metadata import version; print(p.v, p.late.v, version("p"))';
    const reader = startProcess(path.join(env, 'bin/python'), ['-c', code], { environment: variables as never });
    await reader.hear('2.0');
    const reads: Promise<{ code: number | null }>[] = [];
    const readers = [];
    for (let round = 0; round < 12; round += 1) {
      for (const words of [['python', '-c', 'from p.main import main; main()'], ['p-run']]) {
        const started = startProcess(path.join(env, 'bin', words[0]!), words.slice(1), {
          environment: variables as never,
        });
        readers.push(started);
        reads.push(started.exited);
      }
      // Known sets: the switch takes about as long as the start of an interpreter, so it falls into one.
      await changeEnvironment(env, { add: [round % 2 === 0 ? one : two], remove: [] }, { sharing });
    }
    for (const read of await Promise.all(reads)) expect(read.code).toBe(0);
    for (const { lines } of readers) expect(['1.0 1.0 1.0', '2.0 2.0 2.0']).toContain(lines.join());
    reader.tell('go');
    await reader.exited;
    expect(reader.lines).toEqual(['2.0', '2.0 2.0 2.0']);
  });

  test('an interpreter writes no byte-code into the shared packages but where everybody may', async () => {
    const { sharing, make, wheel, run } = await place(interpreter!);
    const env = await make('env');
    await changeEnvironment(env, { add: [wheel('p', versioned('1.0'))], remove: [] }, { sharing });
    run(env, 'python', '-O', '-c', 'import p.late');
    run(env, 'p-run');
    expect(verifyEnvironment(env).problems).toEqual([]);
  });

  test('pip reads it, writes nothing into it, and says why; in an exported one it may', async (context) => {
    const { dir, sharing, make, wheel } = await place(interpreter!);
    const env = await make('env');
    await changeEnvironment(env, { add: [wheel('p', versioned('1.0'))], remove: [] }, { sharing });
    const pip = (...words: string[]) =>
      spawnSync(interpreter!.executable, ['-m', 'pip', '--python', path.join(env, 'bin/python'), ...words], {
        encoding: 'utf8',
        env: { ...variables, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      });
    if (pip('--version').status !== 0) context.skip();
    expect(pip('list', '--format=freeze').stdout).toContain('p==1.0');
    const before = readTree(path.join(dir, 'data'));
    for (const words of [
      ['install', '--no-index', 'q'],
      ['uninstall', '-y', 'p'],
      ['--isolated', 'uninstall', '-y', 'p'],
    ]) {
      const { status, stderr, stdout } = pip(...words);
      expect(status).not.toBe(0);
      expect(stderr + stdout).toContain('"ww install"');
    }
    expect(readTree(path.join(dir, 'data'))).toEqual(before);
    await exportEnvironment(env, { sharing });
    expect(pip('uninstall', '-y', 'p').status).toBe(0);
    expect(readdirSync(path.join(env, 'bin'))).not.toContain('p-run');
    expect(readTree(path.join(dir, 'data', 'shared'))).toEqual(
      Object.fromEntries(
        Object.entries(before).flatMap(([name, text]) => (name.startsWith('shared/') ? [[name.slice(7), text]] : [])),
      ),
    );
  });
});
