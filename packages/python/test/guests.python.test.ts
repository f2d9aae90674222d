// Tools that know nothing of generations work in an environment of ours as in any other: pip and venv.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, test } from 'vitest';
import {
  createEnvironment,
  type Interpreter,
  listDistributions,
  readEnvironment,
  readInstalledRecord,
} from '../src/index.ts';
import { plainVariables, realSitePackages, runIn } from './generations.ts';
import { typicalInterpreters } from './interpreters.ts';

const interpreters = (await typicalInterpreters()).filter(hasPip);

/** pip of the base interpreter, run as if it were installed in the environment: old ones have no `--python`. */
function pip(dir: string, interpreter: Interpreter, words: readonly string[]): string {
  // Beside the environment, without its metadata: it is not in what it lists.
  const shelf = path.join(path.dirname(dir), 'shelf');
  if (!existsSync(shelf)) {
    mkdirSync(shelf);
    const code = 'import os, pip; print(os.path.dirname(pip.__file__), end="")';
    const words = ['-c', code];
    symlinkSync(
      execFileSync(interpreter.executable, words, { encoding: 'utf8', env: plainVariables() }),
      path.join(shelf, 'pip'),
    );
  }
  const code = `import runpy, sys; sys.path.insert(0, ${JSON.stringify(shelf)}); sys.argv[0] = "pip"; runpy.run_module("pip", run_name="__main__")`;
  return execFileSync(path.join(dir, 'bin', 'python'), ['-W', 'ignore', '-c', code, ...words], {
    encoding: 'utf8',
    env: { ...plainVariables(), PIP_NO_INDEX: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_CONFIG_FILE: '/dev/null' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function hasPip({ executable }: Interpreter): boolean {
  try {
    execFileSync(executable, ['-c', 'import pip'], { stdio: 'ignore', env: plainVariables() });
    return true;
  } catch {
    return false;
  }
}

describe.each(interpreters.map((interpreter) => [interpreter.versionText, interpreter] as const))(
  'Python %s',
  (_version, interpreter) => {
    test('pip installs, lists, upgrades and uninstalls, with scripts and data', async () => {
      const root = temporaryDir();
      const dir = path.join(root, 'env');
      await createEnvironment(dir, { interpreter, layout: 'own' });
      const before = listAll(dir);
      const wheel = (version: string) =>
        writeWheel(root, {
          name: 'guest',
          version,
          files: { 'guest.py': `version = "${version}"\ndef main():\n    print("guest", version)\n` },
          data: { 'data/share/guest/note': version, 'data/etc/guest.conf': version, 'data/include/guest.h': version },
          entryPoints: { console_scripts: { 'guest-run': 'guest:main' } },
        });
      pip(dir, interpreter, ['install', '--no-deps', wheel('1.0')]);
      const real = realSitePackages(dir, 1, interpreter);
      expect(existsSync(path.join(real, 'guest.py'))).toBe(true);
      expect(readFileSync(path.join(dir, 'share', 'guest', 'note'), 'utf8')).toBe('1.0');
      expect(execFileSync(path.join(dir, 'bin', 'guest-run'), { encoding: 'utf8', env: plainVariables() })).toBe(
        'guest 1.0\n',
      );
      const [distribution] = listDistributions(readEnvironment(dir).sitePackages);
      expect(distribution).toMatchObject({ name: 'guest', version: '1.0', installer: 'pip' });
      // Every line of RECORD leads to a file inside the generation.
      for (const entry of readInstalledRecord(distribution!)!) {
        const file = path.join(real, entry.path);
        expect({
          file,
          inside: file.startsWith(path.join(dir, '.wheelwright/generations/1/')),
          there: existsSync(file),
        }).toEqual({ file, inside: true, there: true });
      }
      expect(JSON.parse(pip(dir, interpreter, ['list', '--format', 'json']))).toEqual([
        { name: 'guest', version: '1.0' },
      ]);
      pip(dir, interpreter, ['install', '--no-deps', wheel('2.0')]);
      expect(runIn(dir, 'import guest; print(guest.version)')).toBe('2.0');
      pip(dir, interpreter, ['uninstall', '-y', 'guest']);
      expect(listAll(dir)).toEqual(before);
    });

    test('venv makes a nested environment, and refuses to be made over one of ours', async () => {
      const root = temporaryDir();
      const [dir, nested] = [path.join(root, 'env'), path.join(root, 'nested')];
      await createEnvironment(dir, { interpreter, layout: 'own' });
      const python = path.join(dir, 'bin', 'python');
      execFileSync(python, ['-m', 'venv', '--without-pip', nested], { env: plainVariables() });
      expect(readEnvironment(nested)).toMatchObject({ kind: 'plain', interpreterExecutable: interpreter.executable });
      expect(runIn(nested, 'import sys; print(sys.prefix)')).toBe(nested);
    });

    test('the packages of the system are seen where that was asked for', async () => {
      const root = temporaryDir();
      const [dir, alone] = [path.join(root, 'env'), path.join(root, 'alone')];
      await createEnvironment(dir, { interpreter, layout: 'own', systemSitePackages: true });
      await createEnvironment(alone, { interpreter, layout: 'own' });
      const code = 'import importlib.util; print(importlib.util.find_spec("pip") is not None)';
      expect([runIn(dir, code), runIn(alone, code)]).toEqual(['True', 'False']);
    });
  },
);

test('byte-code that Python keeps for the support files is ours too', async () => {
  const [interpreter] = interpreters;
  if (interpreter === undefined) return;
  const dir = path.join(temporaryDir(), 'env');
  await createEnvironment(dir, { interpreter, layout: 'own' });
  writeFileSync(path.join(dir, 'touched'), '');
  runIn(dir, 'pass');
  const cached = readdirSync(path.join(realSitePackages(dir, 1, interpreter), '__pycache__'));
  expect(cached).toEqual([`_wheelwright_pin.${interpreter.cacheTag}.pyc`]);
});

function listAll(dir: string): string[] {
  return (readdirSync(dir, { recursive: true }) as string[]).filter((name) => !name.includes('__pycache__')).sort();
}
