// A power cut at every call that changes an environment of any layout, on real file systems, with the wheels on the same
// disk, so that they are linked. Part of `pnpm prove`; needs root and loop devices.
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { diskKinds, flushings, forEveryRealPowerCut, whyNoDisk } from '@wheelwright/testkit/power-cut-disk';
import { notTried } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, test } from 'vitest';
import { installerSubjects } from './power-cuts.ts';

describe.each(diskKinds)('%s', (kind) => {
  test.each(flushings)('after a power cut old or new (%s)', async (flushing) => {
    const why = whyNoDisk(kind);
    if (why !== undefined) return notTried(why);
    const count = installerSubjects(temporaryDir()).length;
    const nth = (n: number) => (mountDir: string) => installerSubjects(path.join(mountDir, 'wheels'))[n]!;
    const all = Array.from({ length: count }, (_, n) => nth(n));
    await forEveryRealPowerCut(all, { kind, inner: nodeFs, flushing });
  });
});
