// astral-sh/uv#929: wheels that all bring nvidia/__init__.py race on its unlink and link; the last one wins, and
// uninstalling one of them takes the file from the others.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startActor } from '@wheelwright/testkit/actors';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { changeEnvironment, verifyEnvironment, type WheelTree } from '../../packages/installer/src/index.ts';
import { normalizeName } from '../../packages/packaging/src/index.ts';
import { createEnvironment, findInterpreter } from '../../packages/python/src/index.ts';
import { openStore } from '../../packages/store/src/index.ts';

const packageOfActor = new URL('../../packages/installer/test/x', import.meta.url).href;
const interpreter = await tryFindInterpreter(findInterpreter);

const libraries = [
  'cublas',
  'cuda_cupti',
  'cuda_nvcc',
  'cuda_nvrtc',
  'cuda_runtime',
  'cudnn',
  'cufft',
  'cusolver',
  'cusparse',
  'nccl',
];

/** An empty environment, and the ten wheels as a store has them. */
async function place(shared: (library: string) => string = () => '') {
  const dir = temporaryDir();
  const env = path.join(dir, 'env');
  await createEnvironment(env, { interpreter: interpreter!, layout: 'own' });
  const store = await openStore(path.join(dir, 'store'));
  mkdirSync(path.join(dir, 'wheels'));
  const wheels: WheelTree[] = [];
  for (const library of libraries) {
    const name = `nvidia-${library.replaceAll('_', '-')}-cu12`;
    const files = { 'nvidia/__init__.py': shared(library), [`nvidia/${library}/__init__.py`]: `name = '${library}'\n` };
    const wheelPath = writeWheel(path.join(dir, 'wheels'), { name, version: '12.1', files, tag: 'py3-none-any' });
    const { sha256, treeDir, manifest } = await store.addWheel(wheelPath);
    wheels.push({ ...manifest, name: normalizeName(manifest.name), sha256, treeDir, requested: true });
  }
  store.close();
  const imported = (names: readonly string[]) => {
    const code = names.map((name) => `import nvidia.${name} as m; assert m.name == '${name}'`).join('\n');
    execFileSync(path.join(env, 'bin', 'python'), ['-c', code], { stdio: 'pipe' });
  };
  return { dir, env, wheels, imported };
}

test.skipIf(interpreter === undefined)(
  'Ten wheels that share a file are installed as one, and the file lives as long as one of them.',
  async () => {
    const { env, wheels, imported } = await place();
    await changeEnvironment(env, { add: wheels, remove: [] });
    imported(libraries);
    expect(verifyEnvironment(env).problems).toEqual([]);
    for (const [index, { name }] of wheels.entries()) {
      await changeEnvironment(env, { add: [], remove: [name] });
      imported(libraries.slice(index + 1));
      expect(verifyEnvironment(env).problems).toEqual([]);
    }
  },
);

test.skipIf(interpreter === undefined)('So they are by ten processes at once.', async () => {
  const { dir, env, wheels, imported } = await place();
  const actors = wheels.map((wheel, index) => {
    const file = path.join(dir, `task-${index}.json`);
    writeFileSync(file, JSON.stringify({ environmentDir: env, wheels: [wheel], changes: [{ add: [0], remove: [] }] }));
    return startActor(packageOfActor, 'changer', { arguments: [file] });
  });
  for (const actor of actors) await actor.hear('ready');
  for (const actor of actors) actor.tell('go');
  for (const actor of actors) expect(await actor.exited).toMatchObject({ code: 0, errors: '' });
  imported(libraries);
  expect(verifyEnvironment(env).problems).toEqual([]);
});

test.skipIf(interpreter === undefined)(
  'Where the contents differ, nothing is changed and both owners are named; or one wins that the names decide.',
  async () => {
    const { env, wheels, imported } = await place((library) => `# of ${library}\n`);
    const refused = expect.objectContaining({
      code: 'INSTALL_CONFLICT',
      message: expect.stringMatching(/nvidia-cublas-cu12, .* and nvidia-nccl-cu12 bring different content/),
    });
    await expect(changeEnvironment(env, { add: wheels, remove: [] })).rejects.toThrow(refused);
    expect(verifyEnvironment(env)).toMatchObject({ generation: 1, problems: [] });
    const shuffled = [...wheels].reverse();
    const { conflicts } = await changeEnvironment(env, { add: shuffled, remove: [], onConflict: 'last-wins' });
    expect(conflicts).toMatchObject([{ winner: 'nvidia-nccl-cu12' }]);
    imported(libraries);
    expect(verifyEnvironment(env).problems).toEqual([]);
  },
);
