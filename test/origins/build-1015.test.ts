// pypa/build#1015: look whether it is there, then make it; look whether it is there, then delete it; read a setting
// twice. Another process can act between the two steps. So no code here looks first.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { publishArtifact } from '../../packages/pep517/src/artifact/publish-artifact.ts';

/** A disk on which `others` act before each call that changes something. */
function disturbedFs(others: (call: keyof Fs) => void): Fs {
  return new Proxy(nodeFs, {
    get(target, call: keyof Fs) {
      return (...words: unknown[]) => {
        others(call);
        return (target[call] as (...given: unknown[]) => unknown)(...words);
      };
    },
  });
}

function place() {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'private'));
  const artifact = path.join(dir, 'private', 'demo-1.0-py3-none-any.whl');
  writeFileSync(artifact, 'wheel');
  return { artifact, outDir: path.join(dir, 'a', 'b', 'out') };
}

test('an output directory that other processes make at the same time is not an error', () => {
  const { artifact, outDir } = place();
  const fs = disturbedFs((call) => {
    if (call === 'mkdir') mkdirSync(outDir, { recursive: true });
  });
  publishArtifact(artifact, outDir, { fs });
  expect(readdirSync(outDir)).toEqual(['demo-1.0-py3-none-any.whl']);
});

test('An out directory that others remove between its making and the rename is made again.', () => {
  const { artifact, outDir } = place();
  let removals = 2;
  const fs = disturbedFs((call) => {
    if (call === 'rename' && removals-- > 0) rmSync(outDir, { recursive: true });
  });
  publishArtifact(artifact, outDir, { fs });
  expect(readdirSync(outDir)).toEqual(['demo-1.0-py3-none-any.whl']);
});

test('An out directory that is a file is an error, and the file stays.', () => {
  const { artifact, outDir } = place();
  mkdirSync(path.dirname(outDir), { recursive: true });
  writeFileSync(outDir, 'a file');
  expect(() => publishArtifact(artifact, outDir)).toThrow(/ENOTDIR/);
});
