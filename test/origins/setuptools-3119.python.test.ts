// pypa/setuptools#3119: builds of one tree at the same time fail, or end with success and a wheel that lacks modules.
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { compareWheels, describeWheel } from '@wheelwright/archives';
import { startActor } from '@wheelwright/testkit/actors';
import { findSetuptoolsPython } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeSetuptoolsTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { type BuildOptions, build } from '../../packages/pep517/src/index.ts';

const python = findSetuptoolsPython();
const packageOfActor = new URL('../../packages/pep517/test/x', import.meta.url).href;
const modules = 30;

/** A tree for setuptools, and how to build it into an out directory of its own. */
function place() {
  const dir = temporaryDir();
  const tree = writeSetuptoolsTree(path.join(dir, 'tree'), { modules });
  const { executable, binDir } = python!;
  const provided = { python: executable, binDir, release: async () => {} };
  const options = (outDir: string): BuildOptions => ({
    sourceDir: tree,
    kind: 'wheel',
    outDir: path.join(dir, outDir),
    buildsDir: path.join(dir, 'builds'),
    interpreter: python!,
    provisioner: { provide: async () => provided },
    environment: process.env,
  });
  return { dir, tree, options };
}

test.skipIf(python === undefined)('Ten builds of one tree at once are equal to an undisturbed one.', async () => {
  const { dir, tree, options } = place();
  const before = readdirSync(tree, { recursive: true }).sort();
  const undisturbed = await build(options('undisturbed'));
  const results = await Promise.all(Array.from({ length: 10 }, (_, index) => build(options(`out-${index}`))));
  for (const { path: wheelPath } of results) expect(await compareWheels(undisturbed.path, wheelPath)).toEqual([]);
  const { files } = await describeWheel(undisturbed.path);
  expect(files.filter((file) => /^demo\/module_\d+\.py$/.test(file.path))).toHaveLength(modules);
  expect(readdirSync(tree, { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(path.join(dir, 'builds'))).toEqual([]);
});

test.skipIf(python === undefined)('So are those of ten processes, into one out directory.', async () => {
  const { dir, options } = place();
  const undisturbed = await build(options('undisturbed'));
  const builders = Array.from({ length: 10 }, () => {
    const { provisioner, interpreter, environment, ...plain } = options('out');
    const argument = JSON.stringify({ ...plain, python: python!.executable });
    return startActor(packageOfActor, 'builder', { arguments: [argument] });
  });
  for (const builder of builders) await builder.hear('ready');
  for (const builder of builders) builder.tell('go');
  for (const builder of builders) expect(await builder.hear(/^(built|failed)/)).toMatch(/^built /);
  expect(readdirSync(path.join(dir, 'out'))).toEqual([undisturbed.filename]);
  expect(await compareWheels(undisturbed.path, path.join(dir, 'out', undisturbed.filename))).toEqual([]);
  expect(readdirSync(path.join(dir, 'builds'))).toEqual([]);
});

test.skipIf(python === undefined)('leftovers of an earlier build in the tree do not get into the wheel', async () => {
  const { tree, options } = place();
  const undisturbed = await build(options('undisturbed'));
  mkdirSync(path.join(tree, 'build', 'lib', 'demo'), { recursive: true });
  const { writeFileSync } = await import('node:fs');
  writeFileSync(path.join(tree, 'build', 'lib', 'demo', 'removed_long_ago.py'), '');
  const after = await build(options('after'));
  expect(await compareWheels(undisturbed.path, after.path)).toEqual([]);
});
