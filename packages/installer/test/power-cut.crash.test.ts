// A power cut at every call that changes an environment, as the kit's model of a disk has it; and that it would notice.
import path from 'node:path';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { cutPowerEverywhere, forEveryPowerCut, lied } from '@wheelwright/testkit/power-cut';
import { memoryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { installerSubjects, quickFs } from './power-cuts.ts';

const titles = [
  'the layout own',
  'a rollback',
  'a change in the layout shared',
  'the first',
  'in place',
  'an adoption',
];

describe.each(titles)('%s', (title) => {
  const place = (native: boolean) => {
    const dir = memoryDir();
    const subject = installerSubjects(path.join(dir, 'wheels')).find(({ name }) => name.includes(title))!;
    return {
      subject,
      disk: { dir: path.join(dir, 'disk'), inner: native ? quickFs : crashingFs(quickFs, { native }) },
    };
  };

  test.each([true, false])('after a power cut old or new (native calls: %s)', async (native) => {
    const { subject, disk } = place(native);
    await forEveryPowerCut(subject, { ...disk, randomOnes: native ? 2 : 0 });
  });

  test('a disk that does not sync is found out', async () => {
    const { subject, disk } = place(true);
    expect((await cutPowerEverywhere(lied(subject), { ...disk, untilFirst: true })).violations).not.toEqual([]);
  });
});
