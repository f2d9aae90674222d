import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
} from 'node:fs';
import path from 'node:path';
import { type SdistOptions, type TarMember, writeSdist } from '@wheelwright/testkit/sdists';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, it } from 'vitest';
import { unpackSdist } from '../src/unpack-sdist.ts';

async function unpack(options: Partial<SdistOptions>, change: (sdistPath: string) => void = () => {}) {
  const dir = temporaryDir();
  const targetDir = path.join(dir, 'target');
  mkdirSync(targetDir);
  const sdistPath = writeSdist(dir, { name: 'pkg', ...options });
  change(sdistPath);
  const result = await unpackSdist(sdistPath, targetDir).catch((error: unknown) => {
    // A refusal comes before the first write.
    expect(readdirSync(targetDir)).toEqual([]);
    throw error;
  });
  return { targetDir, dir, result };
}

it('unpacks a tree and keeps times and the right to execute', async () => {
  const { result, targetDir } = await unpack({
    name: 'My.Pkg',
    files: { 'pyproject.toml': '[build-system]', 'src/a/__init__.py': 'x' },
    extraMembers: [
      { name: 'my_pkg-1.0/run.sh', data: '#!/bin/sh\n', mode: 0o6777, mtime: 1_000_000_000 },
      { name: 'my_pkg-1.0/empty', type: '5', mode: 0o0, mtime: 1_000_000_000 },
    ],
  });
  expect(result).toMatchObject({
    rootDir: path.join(targetDir, 'my_pkg-1.0'),
    name: 'my-pkg',
    version: { text: '1.0' },
  });
  expect(readFileSync(path.join(result.rootDir, 'src/a/__init__.py'), 'utf8')).toBe('x');
  const script = statSync(path.join(result.rootDir, 'run.sh'));
  expect(script.mode & 0o7777).toBe(0o755);
  expect(script.mtimeMs).toBe(1_000_000_000_000);
  expect(statSync(path.join(result.rootDir, 'empty')).mtimeMs).toBe(1_000_000_000_000);
});

it('makes links that stay inside', async () => {
  const { result } = await unpack({
    files: { 'real.txt': 'x', 'a/b/c.txt': 'c' },
    extraMembers: [
      { name: 'pkg-1.0/hard.txt', type: '1', linkName: 'pkg-1.0/real.txt' },
      { name: 'pkg-1.0/a/soft.txt', type: '2', linkName: '../real.txt' },
      { name: 'pkg-1.0/dir', type: '2', linkName: 'a/b' },
    ],
  });
  expect(readFileSync(path.join(result.rootDir, 'hard.txt'), 'utf8')).toBe('x');
  expect(readlinkSync(path.join(result.rootDir, 'a/soft.txt'))).toBe('../real.txt');
  expect(readFileSync(path.join(result.rootDir, 'dir/c.txt'), 'utf8')).toBe('c');
});

it('lets a later entry replace an earlier file, as tar does', async () => {
  const { result } = await unpack({
    files: { 'a.txt': 'old' },
    extraMembers: [{ name: 'pkg-1.0/a.txt', data: 'new' }],
  });
  expect(readFileSync(path.join(result.rootDir, 'a.txt'), 'utf8')).toBe('new');
});

describe('an sdist is refused', () => {
  const hostile: readonly [title: string, code: string, members: readonly TarMember[]][] = [
    ['a path that climbs out', 'SDIST_UNSAFE_PATH', [{ name: '../evil', data: 'x' }]],
    ['a path that climbs out in the middle', 'SDIST_UNSAFE_PATH', [{ name: 'pkg-1.0/../../evil', data: 'x' }]],
    ['an absolute path', 'SDIST_UNSAFE_PATH', [{ name: '/tmp/evil', data: 'x' }]],
    ['a backslash', 'SDIST_UNSAFE_PATH', [{ name: 'pkg-1.0/..\\evil', data: 'x' }]],
    ['a link out of it', 'SDIST_UNSAFE_LINK', [{ name: 'pkg-1.0/l', type: '2', linkName: '../../evil' }]],
    ['an absolute link', 'SDIST_UNSAFE_LINK', [{ name: 'pkg-1.0/l', type: '2', linkName: '/etc/passwd' }]],
    [
      'a link that goes down and then up',
      'SDIST_UNSAFE_LINK',
      [{ name: 'pkg-1.0/l', type: '2', linkName: 'a/../../..' }],
    ],
    [
      'a hard link to nothing before it',
      'SDIST_UNSAFE_LINK',
      [{ name: 'pkg-1.0/l', type: '1', linkName: 'pkg-1.0/later' }],
    ],
    ['a hard link out of it', 'SDIST_UNSAFE_LINK', [{ name: 'pkg-1.0/l', type: '1', linkName: '../../evil' }]],
    [
      'a hard link to a symbolic link',
      'SDIST_UNSAFE_LINK',
      [
        { name: 'pkg-1.0/l', type: '2', linkName: 'PKG-INFO' },
        { name: 'pkg-1.0/h', type: '1', linkName: 'pkg-1.0/l' },
      ],
    ],
    ['a pipe', 'SDIST_UNSUPPORTED', [{ name: 'pkg-1.0/p', type: '6' }]],
    ['a device', 'SDIST_UNSUPPORTED', [{ name: 'pkg-1.0/d', type: '3' }]],
    ['two directories at its top', 'SDIST_INVALID_LAYOUT', [{ name: 'other/x', data: 'x' }]],
    [
      'a file below a link',
      'SDIST_INVALID_LAYOUT',
      [
        { name: 'pkg-1.0/l', type: '2', linkName: '.' },
        { name: 'pkg-1.0/l/evil', data: 'x' },
      ],
    ],
    [
      'a link in the place of a directory',
      'SDIST_INVALID_LAYOUT',
      [
        { name: 'pkg-1.0/d/x', data: 'x' },
        { name: 'pkg-1.0/d', type: '2', linkName: '.' },
      ],
    ],
  ];
  for (const [title, code, extraMembers] of hostile) {
    it(`for ${title}`, async () => {
      const dir = temporaryDir();
      const targetDir = path.join(dir, 'deep', 'target');
      mkdirSync(targetDir, { recursive: true });
      const sdistPath = writeSdist(dir, { name: 'pkg', extraMembers });
      await expect(unpackSdist(sdistPath, targetDir)).rejects.toMatchObject({ code });
      expect(readdirSync(dir).sort()).toEqual(['deep', 'pkg-1.0.tar.gz']);
      expect(existsSync(path.join(dir, 'deep', 'evil'))).toBe(false);
      expect(readdirSync(targetDir)).toEqual([]);
    });
  }

  it('when it is cut off', async () => {
    const cut = unpack({ files: { 'a.txt': 'x'.repeat(5000) } }, (file) =>
      truncateSync(file, lstatSync(file).size - 20),
    );
    await expect(cut).rejects.toMatchObject({ code: 'SDIST_NOT_AN_ARCHIVE' });
  });

  it('when it is not an archive', async () => {
    const cut = unpack({}, (file) => truncateSync(file, 0));
    await expect(cut).rejects.toMatchObject({ code: 'SDIST_NOT_AN_ARCHIVE' });
  });

  it('when PKG-INFO is that of another project', async () => {
    const other = unpack({ pkgInfo: 'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n' });
    await expect(other).rejects.toMatchObject({ code: 'SDIST_INVALID_LAYOUT' });
  });

  it('when its file name is not that of an sdist', async () => {
    await expect(unpack({ filename: 'pkg.zip' })).rejects.toMatchObject({ code: 'SDIST_INVALID_NAME' });
  });
});
