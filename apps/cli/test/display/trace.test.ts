import { readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToolEvent } from 'wheelwright';
import { Trace } from '../../src/display/trace.ts';

interface Step {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
  readonly args?: object;
}

function readTrace(file: string): Step[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Step[];
}

/** Writes a trace of these events, each with its time in ms, and reads it. */
function traceOf(events: readonly (readonly [ms: number, event: ToolEvent])[], command = 'ww install'): Step[] {
  const trace = new Trace(0);
  for (const [ms, event] of events) trace.add(event, ms);
  const file = path.join(temporaryDir(), 'trace.json');
  trace.write(file, command, 10_000);
  return readTrace(file);
}

test('steps become complete events in microseconds, each on a lane of its own while others run', () => {
  const trace = new Trace(1000);
  trace.add({ event: 'resolved', packages: 2, ms: 50 }, 1100);
  trace.add({ event: 'downloading', filename: 'a.whl' }, 1100);
  trace.add({ event: 'downloading', filename: 'b.whl' }, 1110);
  trace.add({ event: 'downloaded', filename: 'a.whl', size: 7, ms: 100 }, 1200);
  trace.add({ event: 'unpacked', filename: 'a.whl' }, 1250);
  const file = path.join(temporaryDir(), 'trace.json');
  trace.write(file, 'ww install a b', 1300);
  const events = readTrace(file);
  const find = (name: string) => events.find((one) => one.name === name);
  expect(find('ww install a b')).toMatchObject({ ph: 'X', ts: 0, dur: 300_000, tid: 0 });
  expect(find('resolve')).toMatchObject({ tid: 1, ts: 50_000, dur: 50_000, args: { packages: 2 } });
  expect(find('a.whl')).toMatchObject({ ts: 100_000, dur: 100_000, tid: 1, args: { size: 7 } });
  expect(find('b.whl')).toMatchObject({ ts: 110_000, dur: 190_000, tid: 2, args: { unfinished: true } });
  expect(find('unpack a.whl')).toMatchObject({ ts: 200_000, dur: 50_000, tid: 1 });
  expect(events.filter(({ ph }) => ph === 'M')).toHaveLength(3);
});

test('the name of the run has no credentials', () => {
  const [run] = traceOf([], 'ww install -i https://user:secret@index.invalid/simple a').filter(({ ph }) => ph === 'X');
  expect(run?.name).toBe('ww install -i https://****@index.invalid/simple a');
});

test('steps of one lane never overlap, and none has a negative duration', () => {
  const filename = fc.constantFrom('a.whl', 'b.whl', 'c.whl');
  const event = fc.oneof(
    fc.record({ event: fc.constant('resolved' as const), packages: fc.nat(9), ms: fc.nat(400) }),
    fc.record({ event: fc.constant('downloading' as const), filename }),
    fc.record({ event: fc.constant('downloaded' as const), filename, size: fc.nat(9), ms: fc.nat(9) }),
    fc.record({ event: fc.constant('unpacked' as const), filename }),
    fc.record({ event: fc.constant('waiting' as const), path: filename, holder: fc.constant('pid 1') }),
    fc.record({ event: fc.constant('locked' as const), path: filename, waitedMs: fc.nat(9) }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -20, max: 200 }), event), { maxLength: 60 }), (steps) => {
      let now = 1000;
      const timed = steps.map(([ms, step]): readonly [number, ToolEvent] => {
        now += ms;
        return [now, step as unknown as ToolEvent];
      });
      const traced = traceOf(timed);
      for (const a of traced.filter(({ ph, tid }) => ph === 'X' && tid > 0)) {
        expect(a.dur).toBeGreaterThanOrEqual(0);
        for (const b of traced)
          if (b !== a && b.ph === 'X' && b.tid === a.tid)
            expect(a.ts >= b.ts + b.dur || b.ts >= a.ts + a.dur).toBe(true);
      }
    }),
  );
});
