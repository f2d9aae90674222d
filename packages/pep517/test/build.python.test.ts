import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describeWheel } from '@wheelwright/archives';
import { type BuildOptions, build } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { type BackendTreeOptions, writeBackendTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { hostProvisioner, hostPython } from './provisioners.ts';

/** A place with a tree, and the options to build it. */
function place(options: BackendTreeOptions = {}, more: Partial<BuildOptions> = {}) {
  const dir = temporaryDir();
  const [tree, outDir, buildsDir, marks] = ['tree', 'out', 'builds', 'marks'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  mkdirSync(marks);
  writeBackendTree(tree, { marksDir: marks, ...options });
  const provisioner = hostProvisioner();
  const request: BuildOptions = {
    sourceDir: tree,
    kind: 'wheel',
    outDir,
    buildsDir,
    interpreter: hostPython,
    provisioner,
    environment: process.env,
    ...more,
  };
  const mark = (name: string) =>
    existsSync(path.join(marks, name)) ? readFileSync(path.join(marks, name), 'utf8') : '';
  return { dir, tree, outDir, buildsDir, provisioner, request, mark };
}

test('A wheel is built, checked and published, and the tree stays as it was.', async () => {
  const { tree, outDir, buildsDir, request, mark, provisioner } = place();
  const before = readdirSync(tree, { recursive: true }).sort();
  const result = await build(request);
  expect(result).toMatchObject({ name: 'demo', version: '1.0', filename: 'demo-1.0-py3-none-any.whl' });
  expect(result.path).toBe(path.join(outDir, result.filename));
  expect((await describeWheel(result.path)).files.map((file) => file.path)).toContain('demo/module_2.py');
  expect(readdirSync(outDir)).toEqual([result.filename]);
  expect(readdirSync(buildsDir)).toEqual([]);
  expect(readdirSync(tree, { recursive: true }).sort()).toEqual(before);
  expect(mark('hooks')).toBe('get_requires_for_build_wheel\nbuild_wheel\n');
  expect(provisioner.released).toBe(1);
});
