// A power cut at every call that fills a store, as the kit's model of a disk has it; and that the model would notice.
import path from 'node:path';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { cutPowerEverywhere, forEveryPowerCut, lied } from '@wheelwright/testkit/power-cut';
import { memoryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { storeSubjects } from './power-cuts.ts';
import { unsyncedFs } from './whole-store.ts';

test.each([true, false])(
  'a wheel is there whole or not at all after a power cut (native calls: %s)',
  async (native) => {
    const dir = memoryDir();
    const inner = native ? unsyncedFs : crashingFs(unsyncedFs, { native });
    for (const subject of await storeSubjects(dir)) {
      const disk = { dir: path.join(dir, 'disk'), inner };
      await forEveryPowerCut(subject, disk);
      expect((await cutPowerEverywhere(lied(subject), { ...disk, untilFirst: true })).violations).not.toEqual([]);
    }
  },
);
