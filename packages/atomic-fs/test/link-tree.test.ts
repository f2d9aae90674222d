import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nativeCallsAvailable } from '@wheelwright/syscalls';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { type Fs, type LinkTreePlan, linkTree, nodeFs } from '../src/index.ts';

const failWith = (code: string, extra: object = {}) => Object.assign(new Error(code), { code, ...extra });

function planOf(count = 2): LinkTreePlan {
  const root = temporaryDir();
  const sourceDir = path.join(root, 'source');
  const targetDir = path.join(root, 'target');
  const names = Array.from({ length: count }, (_, n) => `f${n}`);
  mkdirSync(path.join(sourceDir, 'a', 'b'), { recursive: true });
  mkdirSync(targetDir);
  for (const directory of ['', 'a/b']) {
    for (const name of names) writeFileSync(path.join(sourceDir, directory, name), `${directory}/${name}`);
  }
  const files = ['', 'a/b'].map((directory) => ({ directory, names }));
  return { sourceDir, targetDir, directories: ['a', 'a/b'], files };
}

function expectComplete({ targetDir, files }: LinkTreePlan): void {
  for (const { directory, names } of files) {
    const found = readdirSync(path.join(targetDir, directory), { withFileTypes: true });
    expect(new Set(found.filter((entry) => entry.isFile()).map(({ name }) => name))).toEqual(new Set(names));
    for (const name of names) {
      expect(readFileSync(path.join(targetDir, directory, name), 'utf8')).toBe(`${directory}/${name}`);
    }
  }
}

test('files are hard links of their originals, directories that exist are used', () => {
  const plan = planOf();
  mkdirSync(path.join(plan.targetDir, 'a'));
  expect(linkTree(plan)).toEqual({ linked: 4, copied: 0, reflinked: 0 });
  expectComplete(plan);
  expect(statSync(path.join(plan.targetDir, 'f0')).ino).toBe(statSync(path.join(plan.sourceDir, 'f0')).ino);
});

test('copies are files of their own', () => {
  const plan = planOf();
  expect(linkTree(plan, { mode: 'copy' })).toEqual({ linked: 0, copied: 4, reflinked: 0 });
  expectComplete(plan);
  expect(statSync(path.join(plan.targetDir, 'f0')).ino).not.toBe(statSync(path.join(plan.sourceDir, 'f0')).ino);
});

test.each(['EXDEV', 'EPERM'])('%s at the first link: reflinks are tried once, then all are copied', (code) => {
  const plan = planOf();
  const calls = { link: 0, force: 0 };
  const fs: Fs = {
    ...nodeFs,
    link: () => {
      calls.link += 1;
      throw failWith(code);
    },
    copyFile: (from, to, options) => {
      if (options?.reflink === 'force') {
        calls.force += 1;
        throw failWith('ENOTSUP');
      }
      nodeFs.copyFile(from, to);
    },
  };
  expect(linkTree(plan, { fs })).toEqual({ linked: 0, copied: 4, reflinked: 0 });
  expect(calls).toEqual({ link: 1, force: 1 });
  expectComplete(plan);
});

test('a failed link becomes a reflink on a file system that shares blocks', () => {
  const plan = planOf();
  const fs: Fs = {
    ...nodeFs,
    link: () => {
      throw failWith('EXDEV');
    },
    copyFile: (from, to) => nodeFs.copyFile(from, to),
  };
  expect(linkTree(plan, { fs })).toEqual({ linked: 0, copied: 0, reflinked: 4 });
});

test('a file with too many links is copied, the next one is linked again', () => {
  const plan = planOf();
  const fs: Fs = {
    ...nodeFs,
    link: (from, to) => {
      if (from.endsWith('b/f0')) throw failWith('EMLINK');
      linkSync(from, to);
    },
  };
  expect(linkTree(plan, { fs })).toEqual({ linked: 3, copied: 1, reflinked: 0 });
  expectComplete(plan);
});

test('a mode that was asked for by name is not replaced by another', () => {
  const fs: Fs = {
    ...nodeFs,
    link: () => {
      throw failWith('EXDEV');
    },
  };
  expect(() => linkTree(planOf(), { mode: 'hardlink', fs })).toThrow(
    expect.objectContaining({ code: 'ATOMIC_FS_LINK_UNSUPPORTED' }),
  );
});

test('a file in the way is an error', () => {
  const plan = planOf();
  writeFileSync(path.join(plan.targetDir, 'f1'), 'mine');
  expect(() => linkTree(plan)).toThrow('EEXIST');
  expect(readFileSync(path.join(plan.targetDir, 'f1'), 'utf8')).toBe('mine');
});

test('many files go through the native call, which may stop in the middle', () => {
  const plan = planOf(1_600);
  let many = 0;
  const fs: Fs = {
    ...nodeFs,
    linkMany: (source, target, names) => {
      many += 1;
      if (many === 1) return nodeFs.linkMany(source, target, names);
      nodeFs.linkMany(source, target, names.slice(0, 7));
      throw failWith('EMLINK', { linked: 7 });
    },
    link: (from, to) => {
      if (from.endsWith('b/f7')) throw failWith('EMLINK');
      linkSync(from, to);
    },
  };
  expect(linkTree(plan, { fs })).toEqual({ linked: 3_199, copied: 1, reflinked: 0 });
  expect(many).toBe(nativeCallsAvailable() ? 2 : 0);
  expectComplete(plan);
});
