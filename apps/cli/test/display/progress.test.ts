// The lines of the live display, drawn from events for terminals of several sizes.
import { expect, test } from 'vitest';
import type { ToolEvent } from 'wheelwright';
import { Progress } from '../../src/display/progress.ts';
import { createStyle } from '../../src/display/style.ts';

const plain = createStyle(false);

function after(events: readonly (readonly [ms: number, event: ToolEvent])[]) {
  const progress = new Progress();
  for (const [ms, event] of events) progress.add(event, ms);
  return (now: number, columns = 80, rows = 20) => progress.draw(now, { columns, rows }, plain);
}

const big = 'torch-2.1.0-cp311-cp311-manylinux1_x86_64.whl';
const downloads: readonly (readonly [number, ToolEvent])[] = [
  [0, { event: 'fetching', files: 3, bytes: 100_000_000 }],
  [0, { event: 'downloading', filename: 'small.whl', size: 1_000_000 }],
  [0, { event: 'downloading', filename: big, size: 80_000_000 }],
  [500, { event: 'downloaded', filename: 'small.whl', size: 1_000_000, ms: 500 }],
  [1000, { event: 'download-progress', filename: big, received: 40_000_000, total: 80_000_000 }],
];

test('names are shown as they are looked up, until they are resolved', () => {
  const draw = after([
    [0, { event: 'looking-up', name: 'flask' }],
    [1, { event: 'looking-up', name: 'werkzeug' }],
  ]);
  expect(draw(2)).toEqual(['Resolving: 2 looked up, werkzeug']);
  expect(
    after([
      [0, { event: 'looking-up', name: 'a' }],
      [1, { event: 'resolved', packages: 1, ms: 1 }],
    ])(2),
  ).toEqual([]);
});

test('downloads show how many, how much, how fast, and a bar for the largest', () => {
  const draw = after(downloads);
  expect(draw(1000)).toEqual([
    'Downloading 1 of 3, 41.0 MB of 100.0 MB, 41.0 MB/s, unpacking 1',
    `  ${big.slice(0, 38)}…  ${'━'.repeat(10)}╌╌╌╌╌╌╌╌╌╌  40.0 of 80.0 MB`,
  ]);
  const unpacked = after([...downloads, [1100, { event: 'unpacked', filename: 'small.whl' }]]);
  expect(unpacked(1100)[0]).not.toContain('unpacking');
});

test('a run of several builds shows how many have ended, the phase of each, and what one waits for', () => {
  const events: readonly (readonly [number, ToolEvent])[] = [
    [0, { event: 'builds', ended: 0, of: 3 }],
    [0, { event: 'build-waits', source: '/src/app', for: ['helper'] }],
    [0, { event: 'building', source: '/src/helper', kind: 'wheel' }],
    [1000, { event: 'build-hook', source: '/src/helper', hook: 'build_wheel', state: 'started' }],
  ];
  expect(after(events)(3000)).toEqual([
    '0 of 3 builds done',
    'Building wheel of helper: build wheel 2 s',
    'app waits for helper',
  ]);
  const later: readonly (readonly [number, ToolEvent])[] = [
    [4000, { event: 'built', source: '/src/helper', path: '', sha256: '', reused: false, ms: 1 }],
    [4000, { event: 'build-waits', source: '/src/app', for: [] }],
    [4000, { event: 'builds', ended: 1, of: 3 }],
  ];
  expect(after([...events, ...later])(4000)).toEqual(['1 of 3 builds done']);
});

test('a build whose hook waits for a job says so', () => {
  const draw = after([
    [0, { event: 'building', source: '/src/p', kind: 'wheel' }],
    [1000, { event: 'build-phase', source: '/src/p', phase: 'queue' }],
  ]);
  expect(draw(4000)).toEqual(['Building wheel of p: waiting for a job 3 s']);
});

test('a narrow terminal shows the time of each build, and its phase while there is room for a part of the name', () => {
  const draw = after([
    [0, { event: 'building', source: '/src/short', kind: 'wheel' }],
    [0, { event: 'building', source: '/src/a-package-with-a-long-name', kind: 'wheel' }],
    [0, { event: 'build-hook', source: '/src/short', hook: 'build_wheel', state: 'started' }],
    [
      0,
      {
        event: 'build-hook',
        source: '/src/a-package-with-a-long-name',
        hook: 'get_requires_for_build_wheel',
        state: 'started',
      },
    ],
  ]);
  expect(draw(9000, 80)).toEqual([
    'Building wheel of short: build wheel 9 s',
    'Building wheel of a-package-with-a-long-name: get requires 9 s',
  ]);
  expect(draw(9000, 37)).toEqual(['wheel of short: build wheel 9 s', 'wheel of a-package…: get requires 9 s']);
  expect(draw(9000, 24)).toEqual(['wheel of short 9 s', 'wheel of a-package-… 9 s']);
});

test.each([120, 80, 40, 20, 5, 1])('no line is longer than a terminal of %i columns', (columns) => {
  const draw = after([
    ...downloads,
    [1000, { event: 'waiting', path: '/some/long/path/to/an/environment', holder: 'ww install flask (pid 12)' }],
    [1000, { event: 'building', source: '/src/a-package-with-a-long-name', kind: 'wheel' }],
    [1000, { event: 'looking-up', name: 'a-distribution-with-a-long-name' }],
  ]);
  const lines = draw(99_000, columns);
  expect(lines.length).toBeGreaterThan(3);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
});

test('a short terminal shows the first lines and how many more there are', () => {
  const draw = after(
    Array.from({ length: 9 }, (_, at) => [0, { event: 'building', source: `/src/p${at}`, kind: 'wheel' }] as const),
  );
  expect(draw(1000, 80, 3)).toEqual([
    'Building wheel of p0: preparing 1 s',
    'Building wheel of p1: preparing 1 s',
    '… 7 more',
  ]);
  expect(draw(1000, 80, 9)).toHaveLength(9);
});

test('a build shows its hook and the time in it, and goes when it is built or has failed', () => {
  const start: readonly (readonly [number, ToolEvent])[] = [
    [0, { event: 'building', source: '/src/p', kind: 'wheel' }],
    [2000, { event: 'build-hook', source: '/src/p', hook: 'build_wheel', state: 'started' }],
  ];
  expect(after(start)(64_000)).toEqual(['Building wheel of p: build wheel 1 min 2 s']);
  expect(
    after([...start, [1, { event: 'built', source: '/src/p', path: '/p.whl', sha256: '', reused: false, ms: 1 }]])(2),
  ).toEqual([]);
  expect(after([...start, [3000, { event: 'build-stopped', source: '/src/p', kind: 'wheel' }]])(3000)).toEqual([]);
});

test('a lock that is waited for is shown with its holder and the time, until it is held', () => {
  const wait: ToolEvent = { event: 'waiting', path: '/env', holder: 'ww sync (pid 7)' };
  expect(after([[1000, wait]])(5000)).toEqual(['Waiting for /env, held by ww sync (pid 7) 5 s']);
  expect(
    after([
      [1000, wait],
      [6000, { event: 'locked', path: '/env', waitedMs: 6000 }],
    ])(6000),
  ).toEqual([]);
});
