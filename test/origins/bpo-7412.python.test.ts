// bpo-7412: readers import a package that is half installed, a broken package takes the place of a good one, and code
// and metadata land apart.
import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, verifyEnvironment, type WheelTree } from '../../packages/installer/src/index.ts';
import { wheelTree } from '../../packages/installer/test/environments.ts';
import { createEnvironment, findInterpreter } from '../../packages/python/src/index.ts';

const run = promisify(execFile);
const cache = { read: () => undefined, write: () => undefined };
const interpreter = await findInterpreter('python3', { searchPath: process.env.PATH ?? '', cache }).catch(
  () => undefined,
);

const modules = Array.from({ length: 20 }, (_, index) => `m${index}`);

/** A package all of whose parts state the version: modules, metadata, a command, a Python script and a data file. */
function release(dir: string, version: string): WheelTree {
  const files: Record<string, string> = {
    'pkg/__init__.py': `version = '${version}'\n`,
    'pkg/__main__.py': 'from pkg.check import main; main()\n',
  };
  for (const name of modules) files[`pkg/${name}.py`] = `version = '${version}'\n`;
  files['pkg/data.txt'] = version;
  files['pkg/check.py'] = check;
  return wheelTree(path.join(dir, 'store'), 'pkg', {
    version,
    files,
    scripts: { 'pkg-command': 'pkg.check:main' },
    data: { 'scripts/pkg-body': `#!python\nfrom pkg.check import main\nmain('${version}')\n` },
  });
}

// Late on purpose: every part is looked at as long after the one before as an interpreter can take.
const check = `
import importlib, importlib.metadata, pkgutil
def main(*stated):
    seen = set(stated)
    seen.add(importlib.import_module("pkg").version)
    for number in range(${modules.length}):
        seen.add(importlib.import_module("pkg.m%d" % number).version)
        seen.add(pkgutil.get_data("pkg", "data.txt").decode())
        seen.add(importlib.metadata.version("pkg"))
    found = [d.version for d in importlib.metadata.distributions() if d.metadata["Name"] == "pkg"]
    print("mixed" if len(seen | set(found)) != 1 or len(found) != 1 else found[0])
`;

test.skipIf(interpreter === undefined)('Readers through thirty switches see one version each, whole.', async () => {
  const dir = temporaryDir();
  const env = path.join(dir, 'env');
  await createEnvironment(env, { interpreter: interpreter!, layout: 'own' });
  const releases = [release(dir, '1.0'), release(dir, '2.0')];
  await changeEnvironment(env, { add: [releases[0]!], remove: [] });

  let reading = true;
  const seen = { '1.0': 0, '2.0': 0 } as Record<string, number>;
  const reader = async (...words: string[]) => {
    while (reading) {
      const { stdout } = await run(path.join(env, 'bin', words[0]!), words.slice(1));
      seen[stdout.trim()] = (seen[stdout.trim()] ?? 0) + 1;
    }
  };
  const readers = [reader('python', '-m', 'pkg'), reader('pkg-command'), reader('pkg-body')];
  const total = () => Object.values(seen).reduce((sum, count) => sum + count, 0);
  for (let round = 1; round <= 30; round += 1) {
    await changeEnvironment(env, { add: [releases[round % 2]!], remove: [] }, { durability: 'none' });
    for (const before = total(); total() === before; ) await new Promise(setImmediate);
  }
  reading = false;
  await Promise.all(readers);
  expect(Object.keys(seen).sort()).toEqual(['1.0', '2.0']);
  expect(total()).toBeGreaterThanOrEqual(30);
  expect(verifyEnvironment(env).problems).toEqual([]);
});

test.skipIf(interpreter === undefined)(
  'A package that does not import does not take the place of one that does.',
  async () => {
    const dir = temporaryDir();
    const env = path.join(dir, 'env');
    await createEnvironment(env, { interpreter: interpreter!, layout: 'own' });
    await changeEnvironment(env, { add: [release(dir, '1.0')], remove: [] });
    const broken = wheelTree(path.join(dir, 'store'), 'pkg', {
      version: '2.0',
      files: { 'pkg/__init__.py': 'import nowhere\n' },
    });
    const change = changeEnvironment(
      env,
      { add: [broken], remove: [] },
      {
        check: async ({ sitePackagesDir }) => {
          await run(interpreter!.executable, [
            '-S',
            '-c',
            `import sys; sys.path.insert(0, ${JSON.stringify(sitePackagesDir)}); import pkg`,
          ]);
        },
      },
    );
    await expect(change).rejects.toMatchObject({ code: 'INSTALL_CHECK_FAILED', data: { committed: false } });
    expect(execFileSync(path.join(env, 'bin', 'pkg-command'), { encoding: 'utf8' })).toBe('1.0\n');
    expect(verifyEnvironment(env)).toMatchObject({ generation: 2, problems: [] });
  },
);
