import { readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { Trace } from '../../src/display/trace.ts';

test('steps become complete events in microseconds, each on a lane of its own while others run', () => {
  const trace = new Trace(1000);
  trace.add({ event: 'resolved', packages: 2, ms: 50 }, 1100);
  trace.add({ event: 'downloading', filename: 'a.whl' }, 1100);
  trace.add({ event: 'downloading', filename: 'b.whl' }, 1110);
  trace.add({ event: 'downloaded', filename: 'a.whl', size: 7, ms: 100 }, 1200);
  trace.add({ event: 'unpacked', filename: 'a.whl' }, 1250);
  const file = path.join(temporaryDir(), 'trace.json');
  trace.write(file, 'ww install a b', 1300);
  const events = JSON.parse(readFileSync(file, 'utf8')) as {
    name: string;
    ph: string;
    ts: number;
    dur: number;
    tid: number;
    args?: object;
  }[];
  const find = (name: string) => events.find((one) => one.name === name);
  expect(find('ww install a b')).toMatchObject({ ph: 'X', ts: 0, dur: 300_000, tid: 0 });
  expect(find('resolve')).toMatchObject({ ts: 50_000, dur: 50_000, args: { packages: 2 } });
  expect(find('a.whl')).toMatchObject({ ts: 100_000, dur: 100_000, tid: 1, args: { size: 7 } });
  expect(find('b.whl')).toMatchObject({ ts: 110_000, dur: 190_000, tid: 2, args: { unfinished: true } });
  expect(find('unpack a.whl')).toMatchObject({ ts: 200_000, dur: 50_000, tid: 1 });
  expect(events.filter(({ ph }) => ph === 'M')).toHaveLength(3);
});
