// What a store does that has to survive a power cut, as something that is old before it and new after it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import type { Fs } from '@wheelwright/atomic-fs';
import type { PowerCutSubject } from '@wheelwright/testkit/power-cut';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { openStore } from '../src/open-store.ts';
import type { Store } from '../src/store.ts';
import { expectWhole, unsyncedFs } from './whole-store.ts';

const files = { 'demo/__init__.py': 'x = 1\n', 'demo/run': { data: 'y', mode: 0o755 } };

/** `wheelDir` is where the wheels lie that are put into the store: on another disk. */
export async function storeSubjects(wheelDir: string): Promise<readonly PowerCutSubject[]> {
  const [first, second] = ['1.0', '2.0'].map((version) => writeWheel(wheelDir, { name: 'demo', version, files }));
  const sha256 = await hashFile(second!);
  const look = async (dir: string): Promise<'old' | 'new'> => {
    const storeDir = path.join(dir, 'store');
    await expectWhole(storeDir);
    const found = await withStore(storeDir, unsyncedFs, async (store) => {
      const wheel = store.findWheel(sha256);
      const text = wheel && readFileSync(path.join(wheel.treeDir, 'demo/__init__.py'), 'utf8');
      if (wheel && (store.checkWheel(wheel).length > 0 || text !== 'x = 1\n')) throw new Error('a damaged wheel');
      // The next process publishes it, whatever is in its way.
      await store.addWheel(second!);
      return wheel === undefined ? 'old' : 'new';
    });
    await expectWhole(storeDir);
    return found;
  };
  return [
    {
      name: 'the first wheel of a new store',
      setUp: () => undefined,
      run: (fs, dir) => withStore(path.join(dir, 'store'), fs, (store) => store.addWheel(second!)),
      look: (dir) => (existsSync(path.join(dir, 'store')) ? look(dir) : 'old'),
    },
    {
      name: 'one more wheel',
      setUp: (dir) => withStore(path.join(dir, 'store'), unsyncedFs, (store) => store.addWheel(first!)),
      run: (fs, dir) => withStore(path.join(dir, 'store'), fs, (store) => store.addWheel(second!)),
      look: async (dir) => {
        if (readdirSync(path.join(dir, 'store', 'wheels')).length < 1) throw new Error('the other wheel is gone');
        return look(dir);
      },
    },
  ];
}

async function withStore<T>(dir: string, fs: Fs, run: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(dir, { fs });
  try {
    return await run(store);
  } finally {
    store.close();
  }
}
