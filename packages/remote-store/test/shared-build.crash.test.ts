// The protocol of docs/protocols/remote.md as a model: each call of a machine x its death before, its death after, its
// answer lost x another machine that comes at every phase. Time is virtual.
import { seededRandom } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { expect, test } from 'vitest';
import { MemoryRemote } from './memory-remote.ts';
import {
  buildMs,
  type MachineEnd,
  type MachineOptions,
  simulate,
  storedRecords,
  type Trouble,
  times,
} from './simulation.ts';

/** When the other machine comes: beside the first, while it builds, while it publishes, and afterwards. */
const arrivals = [0, 15, 60, 10_000, buildMs, buildMs + 70, buildMs + 130, buildMs + 60_000];

/** With the whole in one call, and for callers that look, build and keep by themselves. */
const ways = [
  ['', false],
  [', by parts', true],
] as const;

/** From the last sign of life of a holder until another builds. */
const takeoverMs = times.ttlMs + 2 * times.pollMs[1];

function requireRight(ends: readonly MachineEnd[], remote: MemoryRemote): void {
  for (const end of ends) {
    if (end.died || end.error !== undefined) continue;
    // Its own, or that of another machine whose record is signed; in any case one whole wheel.
    expect(end.content).toMatch(/^the wheel that \w+ built$/);
    if (end.from === 'local') expect(end.content).toBe(`the wheel that ${end.name} built`);
  }
  const { records, contents } = storedRecords(remote);
  expect(records.length).toBeLessThanOrEqual(1);
  for (const [at, content] of contents.entries()) expect(content).toBe(`the wheel that ${records[at]!.builtBy} built`);
}

const buildsOf = (ends: readonly MachineEnd[]) => ends.reduce((sum, { builds }) => sum + builds, 0);
const takeoversOf = (ends: readonly MachineEnd[]) =>
  ends.flatMap(({ events }) => events).filter(({ type }) => type === 'remote-takeover').length;

test.each(ways)(
  'of several machines that start together one builds, and the others get its wheel%s',
  async (_how, byParts) => {
    for (const arrival of arrivals) {
      const { ends, remote } = await simulate([
        { name: 'first', startMs: 0, byParts },
        { name: 'second', startMs: arrival, byParts },
        { name: 'third', startMs: arrival + 3, byParts },
      ]);
      requireRight(ends, remote);
      expect(buildsOf(ends)).toBe(1);
      expect(ends.map(({ content }) => content)).toEqual(Array(3).fill('the wheel that first built'));
      expect(storedRecords(remote).records).toHaveLength(1);
    }
  },
);

test.each(
  (['before', 'after', 'lost'] as const).flatMap((how) => ways.map(([way, byParts]) => [how, way, byParts] as const)),
)(
  'a machine whose n-th call ends %s its effect harms no one, whenever another comes%s',
  async (how: Trouble['how'], _way, byParts) => {
    let points = 0;
    for (const arrival of arrivals) {
      for (let at = 1; ; at += 1) {
        const { ends, remote } = await simulate([
          { name: 'first', startMs: 0, trouble: { at, how }, byParts },
          { name: 'second', startMs: arrival, byParts },
        ]);
        const [first, second] = ends as [MachineEnd, MachineEnd];
        if (first.calls.length < at) break;
        points += 1;
        const title = `call ${at} (${first.calls[at - 1]}), second comes at ${arrival}`;
        expect(second.error, title).toBeUndefined();
        if (how === 'lost') expect(first.content, title).toBeDefined();
        requireRight(ends, remote);
        if (how !== 'lost') expect(buildsOf(ends), title).toBeLessThanOrEqual(1 + takeoversOf(ends) + 1);
        // The second machine waits for one that lives, or takes over from one that does not.
        const waited = second.endedMs - arrival;
        expect(waited, title).toBeLessThanOrEqual(buildMs + takeoverMs + buildMs + 2000);
      }
    }
    proved(points, `points at which an answer goes ${how}`);
    expect(points).toBeGreaterThan(arrivals.length * 5);
  },
);

test('a holder that dies while it builds is followed within the time to live and two looks', async () => {
  for (const diesAtMs of [1000, 9_000, 11_000, 20_500, buildMs - 1]) {
    const { ends, remote } = await simulate([
      { name: 'first', startMs: 0, diesAtMs },
      { name: 'second', startMs: 100 },
      { name: 'third', startMs: 200 },
    ]);
    requireRight(ends, remote);
    expect(ends.map(({ died }) => died)).toEqual([true, false, false]);
    expect(takeoversOf(ends)).toBe(1);
    expect(buildsOf(ends)).toBe(2);
    const lastSignMs = diesAtMs - (diesAtMs % times.renewMs);
    expect(Math.max(...ends.map(({ endedMs }) => endedMs))).toBeLessThanOrEqual(
      lastSignMs + takeoverMs + buildMs + times.pollMs[1] + 2000,
    );
  }
});

test('a holder that stands still and wakes finds its lease gone, and writes neither it nor a second record', async () => {
  const { ends, remote } = await simulate([
    { name: 'first', startMs: 0, stopsMs: [5000, 500_000] },
    { name: 'second', startMs: 100 },
  ]);
  requireRight(ends, remote);
  expect(ends.every(({ content, error }) => content !== undefined && error === undefined)).toBe(true);
  expect(storedRecords(remote).records).toHaveLength(1);
  const lease = [...remote.objects].find(([key]) => key.startsWith('lease/'))![1];
  expect(JSON.parse(lease.data.toString())).toMatchObject({ gen: 1, state: 'done' });
});

test('a build that fails fails at each machine that waited, at once, and is tried again by the next that comes', async () => {
  const remote = new MemoryRemote();
  const { ends } = await simulate(
    [
      { name: 'first', startMs: 0, fails: true },
      { name: 'second', startMs: 100, fails: true },
    ],
    remote,
  );
  expect(ends.map(({ error }) => (error as { code?: string }).code)).toEqual(['BUILD_FAILED', 'BUILD_FAILED']);
  expect(ends[1]!.endedMs).toBeLessThan(2 * buildMs + 2 * times.pollMs[1]);
  const later = await simulate([{ name: 'later', startMs: 0 }], remote);
  expect(later.ends[0]).toMatchObject({ from: 'local', builds: 1 });
  expect(storedRecords(remote).records).toHaveLength(1);
});

test('a holder whose publishing fails has built once, and another machine builds at once', async () => {
  const remote = new MemoryRemote();
  const { ends } = await simulate([{ name: 'first', startMs: 0 }], remote);
  const publishes = ends[0]!.calls.indexOf('put cas') + 1;
  const fresh = new MemoryRemote();
  const again = await simulate(
    [
      { name: 'first', startMs: 0, trouble: { at: publishes, how: 'lost' } },
      { name: 'second', startMs: 100 },
    ],
    fresh,
  );
  expect(again.ends[0]).toMatchObject({ from: 'local', builds: 1 });
  expect(again.ends[1]!.endedMs).toBeLessThan(2 * buildMs + 2 * times.pollMs[1] + 1000);
  requireRight(again.ends, fresh);
});

test.each([
  ['text that is not a lease', 'not even JSON'],
  ['a lease of the future', JSON.stringify({ format: 1, holder: 'x', gen: 2 ** 52, n: 2 ** 52, state: 'building' })],
  ['a lease of another format', JSON.stringify({ format: 2, holder: 'x', gen: 0, n: 0, state: 'building' })],
  ['a lease that is done and leads nowhere', JSON.stringify({ format: 1, holder: 'x', gen: 0, n: 0, state: 'done' })],
  ['a huge lease', JSON.stringify({ format: 1, holder: 'x'.repeat(100_000), gen: 0, n: 0, state: 'building' })],
])('%s is taken over at once', async (_what, text) => {
  const remote = new MemoryRemote();
  const [key] = [...(await simulate([{ name: 'first', startMs: 0 }])).remote.objects.keys()].filter((one) =>
    one.startsWith('lease/'),
  );
  remote.objects.set(key!, { data: Buffer.from(text), etag: '"0"' });
  const { ends } = await simulate([{ name: 'first', startMs: 0 }], remote);
  expect(ends[0]).toMatchObject({ from: 'local', builds: 1 });
  expect(ends[0]!.endedMs).toBeLessThan(buildMs + 2000);
  expect(storedRecords(remote).records).toHaveLength(1);
});

test('machines that die, stand still and are slow at random leave one right record', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const rounds = trials(150, 3000);
  for (let round = 0; round < rounds; round += 1) {
    const machines = Array.from({ length: 3 }, (_, n): MachineOptions => {
      const from = between(0, 120_000);
      return {
        name: `machine${n}`,
        startMs: between(0, 60_000),
        latency: () => between(1, random() < 0.05 ? 20_000 : 100),
        random,
        byParts: random() < 0.5,
        ...(random() < 0.4 ? { diesAtMs: between(0, 150_000) } : {}),
        ...(random() < 0.3 ? { stopsMs: [from, from + between(0, 200_000)] as const } : {}),
      };
    });
    const { ends, remote } = await simulate(machines);
    requireRight(ends, remote);
    const living = ends.filter(({ died }) => !died);
    for (const { content, error } of living) expect([content === undefined, error]).toEqual([false, undefined]);
    expect(buildsOf(ends)).toBeLessThanOrEqual(1 + takeoversOf(ends) + ends.filter(({ died }) => died).length);
  }
  proved(rounds, 'rounds of three machines');
});
