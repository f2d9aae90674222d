// A power cut at every call of every change, as the kit's model of a disk has it; and that the model would notice.
import path from 'node:path';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { cutPowerEverywhere, forEveryPowerCut, lied } from '@wheelwright/testkit/power-cut';
import { memoryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { quickFs, subjects } from './power-cuts.ts';

const simple = subjects.filter(({ name }) => !name.includes('transaction'));
const options = (native: boolean) => ({
  dir: path.join(memoryDir(), 'disk'),
  inner: native ? quickFs : crashingFs(quickFs, { native }),
});

describe.each([true, false])('native calls: %s', (native) => {
  test.each(subjects)('$name: a power cut leaves the old or the new', async (subject) => {
    await forEveryPowerCut(subject, options(native));
  });

  test.each(subjects)('$name: a disk that does not sync is found out', async (subject) => {
    expect((await cutPowerEverywhere(lied(subject), { ...options(native), untilFirst: true })).violations).not.toEqual(
      [],
    );
  });

  test.each(simple)('$name: no sync can be left out', async (subject) => {
    const { syncs } = await cutPowerEverywhere(subject, options(native));
    for (let n = 1; n <= syncs; n += 1)
      expect((await cutPowerEverywhere(lied(subject, n), options(native))).violations, `sync ${n}`).not.toEqual([]);
  });
});
