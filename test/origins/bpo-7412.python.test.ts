// bpo-7412: readers import a package that is half installed, a broken package takes the place of a good one, and code
// and metadata land apart.
import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, verifyEnvironment } from '../../packages/installer/src/index.ts';
import { wheelTree } from '../../packages/installer/test/environments.ts';
import { release } from '../../packages/installer/test/releases.ts';
import { createEnvironment, findInterpreter } from '../../packages/python/src/index.ts';

const run = promisify(execFile);
const interpreter = await tryFindInterpreter(findInterpreter);

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
