// What is remembered of a resolution, and what the user hears of it, over an index in memory.
import type { IndexClient, IndexFile, ProjectStatus } from '@wheelwright/index-client';
import { type MarkerEnvironment, type NormalizedName, parseRequirement, parseVersion } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it, onTestFinished } from 'vitest';
import { openTool, readSettings, type ToolEvent } from '../../src/index.ts';
import type { InstalledCandidate, ResolveWheelsOptions } from '../../src/requirements/resolution.ts';
import { pinVersions } from '../../src/resolve/pin-versions.ts';
import type { ResolvedPin } from '../../src/resolve/resolution-memo.ts';
import { takeInputs } from '../../src/resolve/take-inputs.ts';
import { createSourceOpener } from '../../src/sources/open-sources.ts';

const interpreter = {
  executable: '/python',
  versionText: '3.11.4',
  tags: ['py3-none-any'],
  markers: { python_version: '3.11' } as MarkerEnvironment,
} as Partial<Interpreter> as Interpreter;

/** An index of `name version` to what it requires; its pages are fresh for an hour. */
function indexOf(shelf: Readonly<Record<string, readonly string[]>>, statuses: Record<string, ProjectStatus> = {}) {
  const asked: string[] = [];
  const files = Object.keys(shelf).map((label): IndexFile => {
    const filename = `${label.replace(' ', '-')}-py3-none-any.whl`;
    const url = `https://index.invalid/${filename}`;
    return { filename, url, hashes: {}, yanked: false, source: 'index', index: 'https://index.invalid/' };
  });
  const client: IndexClient = {
    async files(name, wanted) {
      asked.push(name);
      return files.filter((file) => file.filename.startsWith(`${name}-`) && wanted?.(file.filename) !== false);
    },
    status: (name) => statuses[name],
    async metadata({ filename }) {
      const [name, version] = filename.split('-');
      const requires = shelf[`${name} ${version}`]!.map((one) => `Requires-Dist: ${one}\n`).join('');
      return `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${requires}`;
    },
    download: () => Promise.reject(new Error('nothing is downloaded here')),
    freshUntil: () => Date.now() + 3_600_000,
    close: async () => {},
  };
  return { client, asked };
}

/** Resolves `requirements` on one store, as often as it is called. */
function resolving(index: ReturnType<typeof indexOf>, options: Partial<ResolveWheelsOptions> = {}) {
  const events: ToolEvent[] = [];
  const settings = readSettings({ storeDir: temporaryDir(), noIndex: true }, { HOME: temporaryDir() });
  const tool = openTool(settings, { onEvent: (event) => events.push(event) });
  onTestFinished(() => tool.close());
  const run = async (requirements: readonly string[], installed: readonly InstalledCandidate[] = []) => {
    index.asked.length = 0;
    const inputs = requirements.map((text) => ({
      kind: 'requirement' as const,
      requirement: parseRequirement(text),
      hashes: [],
      source: 'the test',
    }));
    const all = {
      ...options,
      inputs,
      interpreter,
      installed: new Map(installed.map((one) => [one.candidate.name, one])),
    };
    const opener = createSourceOpener({ tool, index: index.client, interpreter });
    const asked = await takeInputs(opener, all);
    return pinVersions({ tool, index: index.client, opener, asked }, { ...all, openSources: () => opener });
  };
  const warnings = () => events.flatMap((event) => (event.event === 'warning' ? [event.text] : []));
  return { run, warnings };
}

/** A pin as it is found once it is installed; `reads` counts how often its requirements are looked at. */
function installedFrom({ name, version }: ResolvedPin, requiresDist: readonly string[], reads: string[]) {
  return {
    candidate: { name, version: parseVersion(version), yanked: false, file: { from: 'installed' } },
    get requiresDist() {
      reads.push(name);
      return requiresDist;
    },
  };
}

const shelf = { 'a 1': ['b>=1'], 'b 1': [], 'b 2': [] };
const text = (pins: readonly ResolvedPin[]) => pins.map(({ name, version, source }) => [name, version, source.from]);

it('the answer is remembered while the pages are fresh', async () => {
  const index = indexOf(shelf);
  const { run } = resolving(index);
  const first = await run(['a']);
  expect(text(first)).toEqual([
    ['a', '1', 'index'],
    ['b', '2', 'index'],
  ]);
  expect(index.asked).toEqual(['a', 'b']);
  expect(await run(['a'])).toEqual(first);
  expect(index.asked).toEqual([]);
  await run(['a', 'b<2']);
  expect(index.asked).toEqual(['a', 'b']);
});

it('the first command after the install finds its answer: all of it stays', async () => {
  const index = indexOf(shelf);
  const { run } = resolving(index);
  const pins = await run(['a']);
  const reads: string[] = [];
  const installed = [installedFrom(pins[1]!, [], reads), installedFrom(pins[0]!, ['b>=1'], reads)];
  expect(text(await run(['a'], installed))).toEqual([
    ['a', '1', 'installed'],
    ['b', '2', 'installed'],
  ]);
  // Once each, to find the answer; the resolver would look at them again.
  expect(reads.sort()).toEqual(['a', 'b']);
  expect(index.asked).toEqual([]);
});

it('an environment that is any other than predicted is resolved', async () => {
  const index = indexOf(shelf);
  const { run } = resolving(index);
  const pins = await run(['a']);
  const others: (readonly [string, string, readonly string[]])[][] = [
    [['a', '1', ['b>=1']]],
    [
      ['a', '1', ['b<2']],
      ['b', '2', []],
    ],
    [
      ['a', '1', ['b>=1']],
      ['b', '1', []],
    ],
    [
      ['a', '1', ['b>=1']],
      ['b', '2', []],
      ['c', '1', []],
    ],
  ];
  for (const other of others) {
    const reads: string[] = [];
    const installed = other.map(([name, version, requiresDist]) => {
      const pin = { ...pins[0]!, name: name as NormalizedName, version };
      return installedFrom(pin, requiresDist, reads);
    });
    await run(['a'], installed);
    expect(reads.length).toBeGreaterThan(other.length);
  }
});

it('the policy is part of the question', async () => {
  const index = indexOf(shelf);
  expect(text(await resolving(index, { policy: { versionOrder: 'lowest' } }).run(['a']))[1]).toEqual([
    'b',
    '1',
    'index',
  ]);
  const preferred = new Map([['b' as NormalizedName, parseVersion('1')]]);
  expect(text(await resolving(index, { policy: { preferred } }).run(['a']))[1]).toEqual(['b', '1', 'index']);
});

it('a version whose metadata is damaged or of something else is passed over, with the reason', async () => {
  for (const text of ['Metadata-Version: 2.1\n', 'Metadata-Version: 2.1\nName: z\nVersion: 2\n', 'x']) {
    const index = indexOf(shelf);
    const { metadata } = index.client;
    index.client.metadata = async (file) => (file.filename.startsWith('b-2') ? text : metadata(file));
    expect((await resolving(index).run(['a'])).map(({ version }) => version)).toEqual(['1', '1']);
    await expect(resolving(index).run(['b>1'])).rejects.toThrow('b 2 cannot be used: its metadata');
  }
});

it('archived and deprecated projects are warned about each time, quarantined ones refused', async () => {
  const statuses = {
    a: { status: 'archived', reason: 'use b' },
    b: { status: 'deprecated', reason: '' },
    q: { status: 'quarantined', reason: 'malware' },
  } as const;
  const { run, warnings } = resolving(indexOf({ ...shelf, 'q 1': [] }, statuses));
  const expected = ['a is archived and gets no more releases: use b', 'b is deprecated'];
  await run(['a']);
  expect(warnings()).toEqual(expected);
  await run(['a']);
  expect(warnings()).toEqual([...expected, ...expected]);
  await expect(run(['q'])).rejects.toThrow('q is quarantined by its index: malware');
});
