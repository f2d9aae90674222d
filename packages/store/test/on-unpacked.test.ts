import { createHash } from 'node:crypto';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../src/open-store.ts';

it('says that a download is unpacked before anything of it is synced, and nothing of one that is there', async () => {
  const { filename, bytes } = buildWheel({ name: 'demo', files: { 'demo.py': 'x = 1\n' } });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const seen: string[] = [];
  const fs = {
    ...nodeFs,
    syncFileSystem: (fd: number) => {
      seen.push('sync');
      return nodeFs.syncFileSystem(fd);
    },
  };
  const store = await openStore(path.join(temporaryDir(), 'store'), { fs });
  onTestFinished(() => store.close());
  const add = () =>
    store.addDownload({ filename, sha256, onUnpacked: () => seen.push('unpacked') }, async () => ({ sha256, bytes }));
  await add();
  expect(seen[0]).toBe('unpacked');
  expect(seen).toContain('sync');
  seen.length = 0;
  await add();
  expect(seen).toEqual([]);
});
