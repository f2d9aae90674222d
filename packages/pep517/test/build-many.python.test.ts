import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, buildMany, prepareMetadata } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { namesIn, place } from './place.ts';
import { hostPython } from './provisioners.ts';

/** An environment whose one backend counts how often it is imported, and trees for it. */
function shared() {
  const dir = temporaryDir();
  const marksDir = path.join(dir, 'marks');
  mkdirSync(marksDir);
  const backendTree = writeBackendTree(path.join(dir, 'backend'), { name: 'tree-0', marksDir });
  const environmentDir = path.join(dir, 'environment');
  // Stands for an installed backend: the text of the in-tree one, with its options read when a hook is called.
  writeTree(environmentDir, {
    'shared_backend.py': `import os, sys
with open(${JSON.stringify(path.join(marksDir, 'imports'))}, "a") as stream:
    stream.write("imported\\n")


def build_wheel(*words):
    sys.path.insert(0, os.getcwd())
    import backend
    return backend.build_wheel(*words)
`,
  });
  const tree = (index: number) => {
    const treeDir = writeBackendTree(path.join(dir, `tree-${index}`), { name: `tree-${index}`, marksDir });
    writeTree(treeDir, {
      'pyproject.toml': `[build-system]\nrequires = []\nbuild-backend = "shared_backend"\n[project]\nname = "tree-${index}"\n`,
    });
    return treeDir;
  };
  const provided = {
    python: hostPython.executable,
    binDir: hostPython.binDir,
    isolated: false,
    release: async () => {},
  };
  const options = (sourceDir: string): BuildOptions => ({
    sourceDir,
    kind: 'wheel',
    outDir: path.join(dir, 'out'),
    buildsDir: path.join(dir, 'builds'),
    interpreter: hostPython,
    provisioner: { provide: async () => provided },
    environment: { ...process.env, PYTHONPATH: environmentDir },
  });
  return { dir, backendTree, tree, options, mark: (name: string) => readFileSync(path.join(marksDir, name), 'utf8') };
}

test('Builds of one run share one import of a backend, and keep apart what they do.', async () => {
  const { dir, tree, options, mark } = shared();
  const events: [number, string][] = [];
  const trees = [0, 1, 2, 3, 4, 5].map(tree);
  const results = await buildMany(trees.map(options), {
    jobs: 3,
    onEvent: (index, event) => events.push([index, event.type]),
  });
  expect(results.map((result) => result.status === 'fulfilled' && result.value.name)).toEqual(
    trees.map((_, index) => `tree-${index}`),
  );
  expect(mark('imports')).toBe('imported\n');
  expect(readdirSync(path.join(dir, 'builds'))).toEqual([]);
  expect(new Set(events.map(([index]) => index)).size).toBe(trees.length);
});

test('a failed build does not fail the others', async () => {
  const { tree, options } = shared();
  const [good, bad] = [tree(0), tree(1)];
  writeTree(bad, { 'backend.py': 'raise RuntimeError("no luck")\n' });
  const results = await buildMany([good, bad, '/nowhere', good].map(options), { jobs: 2 });
  expect(results.map((result) => (result.status === 'fulfilled' ? 'built' : result.reason.code))).toEqual([
    'built',
    'PEP517_BACKEND_FAILED',
    'PEP517_NOT_A_PROJECT',
    'built',
  ]);
});

test('an import that hangs ends at the time limit of its builds, and other backends continue', async () => {
  const { dir, tree, options } = shared();
  writeTree(path.join(dir, 'environment'), { 'hanging_backend.py': 'import time\ntime.sleep(600)\n' });
  const hanging = [1, 2].map(tree);
  for (const dir of hanging) {
    writeTree(dir, { 'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "hanging_backend"\n' });
  }
  const builds = [
    { ...options(tree(0)), timeoutMs: 60_000 },
    ...hanging.map((dir) => ({ ...options(dir), timeoutMs: 500 })),
  ];
  const results = await buildMany(builds, { jobs: 1 });
  expect(results.map((result) => (result.status === 'fulfilled' ? 'built' : result.reason.code))).toEqual([
    'built',
    'PEP517_TIMEOUT',
    'PEP517_TIMEOUT',
  ]);
});

test('A wheel is built from an sdist, and what it prints has the path of the sdist.', async () => {
  const { request, outDir, buildsDir } = place({ behaviour: { build_wheel: 'print' } });
  const sdist = await build({ ...request, kind: 'sdist' });
  const wheel = await build({ ...request, sourceDir: sdist.path });
  expect(wheel.log).toContain(`to standard output from ${sdist.path}`);
  expect(readdirSync(outDir)).toEqual(['demo-1.0-py3-none-any.whl', 'demo-1.0.tar.gz']);
  expect(readdirSync(buildsDir)).toEqual([]);
});

test('An sdist that is none, or holds no project, is refused by its own path.', async () => {
  const { dir, request } = place();
  const broken = path.join(writeTree(dir, { 'x-1.0.tar.gz': 'x' }), 'x-1.0.tar.gz');
  await expect(build({ ...request, sourceDir: broken })).rejects.toMatchObject({ code: 'SDIST_NOT_AN_ARCHIVE' });
});

test('Metadata is prepared by the hook for it, without a wheel.', async () => {
  const { request, outDir, buildsDir, mark } = place();
  const { metadata, text } = await prepareMetadata({ ...request, kind: 'wheel' });
  expect(metadata).toMatchObject({ name: 'demo', version: '1.0', summary: 'prepared' });
  expect(text).toContain('Summary: prepared\n');
  expect(mark('hooks')).toBe('get_requires_for_build_wheel\nprepare_metadata_for_build_wheel\n');
  expect([...namesIn(outDir), ...readdirSync(buildsDir)]).toEqual([]);
});

test('Metadata of a backend without that hook comes out of a wheel.', async () => {
  const { request, outDir } = place({ missing: ['prepare_metadata_for_build_wheel'] });
  expect((await prepareMetadata({ ...request, kind: 'wheel' })).metadata).toMatchObject({
    name: 'demo',
    version: '1.0',
  });
  expect(namesIn(outDir)).toEqual([]);
});

test('Metadata that is none is a fault of the backend.', async () => {
  const { request } = place({ behaviour: { prepare_metadata_for_build_wheel: 'return-another-name' } });
  await expect(prepareMetadata({ ...request, kind: 'wheel' })).rejects.toMatchObject({ code: 'PEP517_BAD_ARTIFACT' });
});
