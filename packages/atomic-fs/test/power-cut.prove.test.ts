// A power cut at every call of every change, on real file systems. Part of `pnpm prove`; needs root and loop devices.
import { lied } from '@wheelwright/testkit/power-cut';
import {
  cutRealPower,
  diskKinds,
  flushings,
  forEveryRealPowerCut,
  whyNoDisk,
} from '@wheelwright/testkit/power-cut-disk';
import { notTried } from '@wheelwright/testkit/proof';
import { describe, expect, test } from 'vitest';
import { nodeFs } from '../src/index.ts';
import { subjects } from './power-cuts.ts';

describe.each(diskKinds)('%s', (kind) => {
  const why = whyNoDisk(kind);

  test.each(flushings)('a power cut leaves the old or the new (%s)', async (flushing) => {
    if (why !== undefined) return notTried(why);
    const all = subjects.map((subject) => () => subject);
    await forEveryRealPowerCut(all, { kind, inner: nodeFs, flushing });
  });

  test.skipIf(why)('a change that does not sync is found out', async () => {
    for (const subject of subjects.filter(({ outcomes }) => outcomes === undefined)) {
      const { violations } = await cutRealPower(() => lied(subject), { kind, inner: nodeFs, flushing: 'lazy' });
      expect(violations, subject.name).not.toEqual([]);
    }
  });
});
