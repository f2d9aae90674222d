// A power cut at every call that fills a store, on real file systems. Part of `pnpm prove`; needs root and loop devices.
import { nodeFs } from '@wheelwright/atomic-fs';
import { diskKinds, flushings, forEveryRealPowerCut, whyNoDisk } from '@wheelwright/testkit/power-cut-disk';
import { notTried } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, test } from 'vitest';
import { storeSubjects } from './power-cuts.ts';

describe.each(diskKinds)('%s', (kind) => {
  test.each(flushings)('a wheel is there whole or not at all after a power cut (%s)', async (flushing) => {
    const why = whyNoDisk(kind);
    if (why !== undefined) return notTried(why);
    const subjects = (await storeSubjects(temporaryDir())).map((subject) => () => subject);
    await forEveryRealPowerCut(subjects, { kind, inner: nodeFs, flushing });
  });
});
