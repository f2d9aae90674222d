import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it } from 'vitest';
import { DiskSync } from '../src/disk-sync.ts';

const much = 64 * 1024 * 1024;

it('resolves when a tree is on the disk, after early syncs too', async () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'file'), 'x');
  const disk = new DiskSync(nodeFs);
  for (let n = 0; n < 3; n += 1) disk.unpacked(dir, much);
  await disk.sync({ trees: [dir], directories: [dir] });
});

it('throws the error of the disk', async () => {
  const dir = temporaryDir();
  const fs = {
    ...nodeFs,
    syncFileSystem: () => false,
    fsync: () => {
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', syscall: 'fsync' });
    },
  };
  await expect(new DiskSync(fs).sync({ trees: [dir], directories: [] })).rejects.toMatchObject({ code: 'EIO' });
});

it('syncs every file by itself once an early sync has failed', async () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'file'), 'x');
  let fsyncs = 0;
  const fs = {
    ...nodeFs,
    fsync: (fd: number) => {
      fsyncs += 1;
      nodeFs.fsync(fd);
    },
  };
  const disk = new DiskSync(fs);
  disk.unpacked(path.join(dir, 'absent'), much);
  await disk.sync({ trees: [dir], directories: [dir] });
  expect(fsyncs).toBe(3);
});
