// Resolutions of two real and three made-up sets with nothing and with everything in the cache; a lock of real packages,
// the environment made from it, and the same once more, when there is nothing to do.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkEnvironment } from '../checks.ts';
import { type Corpus, pinsOfRealWheels, realWheels, sixPackages } from '../corpus.ts';
import type { Entrant, Job, Trial } from '../job.ts';
import { lockstep, longPages, manyExtras, type Puzzle } from '../made-up-packages.ts';
import { prepareBy, trialOf } from '../run-steps.ts';
import { coldPlace, type Place, type Tool, warmPlace } from '../tools/tool.ts';
import type { Bench } from '../types.ts';

const fromCorpus = ({ requirements, expected }: Corpus): Puzzle => ({ requirements, pins: expected.distributions });

const sets: Readonly<Record<string, (bench: Bench) => Puzzle | Promise<Puzzle>>> = {
  '6 packages': async (bench) => fromCorpus(await sixPackages(bench)),
  'a notebook stack': async (bench) => fromCorpus(await realWheels(bench)),
  'long pages': longPages,
  'two packages in lockstep': lockstep,
  'many extras': manyExtras,
};

export function resolveJobs(bench: Bench): Job[] {
  const resolutions = Object.entries(sets).flatMap(([name, make]) =>
    [
      { state: 'cold', atMost: 1.2, placeOf: (_tool: Tool, dir: string) => coldPlace(dir) },
      { state: 'warm', atMost: 1, placeOf: (tool: Tool, dir: string) => warmPlace(bench, tool, dir) },
    ].map(
      ({ state, atMost, placeOf }): Job => ({
        name: `resolve ${name}, ${state}`,
        goals: [{ entrant: 'ww', than: 'uv', atMost }],
        async entrants() {
          const puzzle = await make(bench);
          return entrants(
            bench,
            ({ resolve }) => resolve !== undefined,
            (tool, dir) => resolution(bench, tool, placeOf(tool, dir), puzzle),
          );
        },
      }),
    ),
  );
  return [...resolutions, ...lockJobs(bench)];
}

function entrants(
  bench: Bench,
  takesPart: (tool: Tool) => boolean,
  prepare: (tool: Tool, dir: string) => Promise<Trial>,
): Entrant[] {
  return bench.tools.filter(takesPart).map((tool) => ({
    name: tool.name,
    ours: tool.ours,
    rounds: tool.slow ? 2 : undefined,
    prepare: (dir) => prepare(tool, dir),
  }));
}

/** A dry run into an empty environment. */
async function resolution(bench: Bench, tool: Tool, place: Place, { requirements, pins }: Puzzle): Promise<Trial> {
  // The interpreter's facts belong to no resolution: the environment is made with another cache.
  const elsewhere = { ...place, cacheDir: path.join(place.dir, 'other-cache') };
  await prepareBy(bench, tool.makeEnvironment?.(elsewhere) ?? []);
  const answerFile = path.join(place.dir, 'answer');
  return trialOf(bench, [[tool.resolve!(place, writeRequirements(place, requirements), answerFile)]], async () =>
    comparePins(tool.readPins!(readAnswer(answerFile)), pins),
  );
}

function lockJobs(bench: Bench): Job[] {
  const goals = [{ entrant: 'ww', than: 'uv', atMost: 1 }];
  return [
    {
      name: 'lock of a notebook stack, warm',
      note: 'pylock.toml for one target',
      goals,
      async entrants() {
        const { requirements, pins } = fromCorpus(await realWheels(bench));
        return entrants(
          bench,
          ({ lock }) => lock !== undefined,
          async (tool, dir) => {
            const place = warmPlace(bench, tool, dir);
            const lockPath = path.join(dir, 'pylock.toml');
            const step = tool.lock!(place, writeRequirements(place, requirements), lockPath);
            return trialOf(bench, [[step]], async () => comparePins(pinsOfLock(readAnswer(lockPath)), pins));
          },
        );
      },
    },
    { name: 'install from a lock of 106 packages, warm', note: syncNote, goals, entrants: () => syncs(bench, 'fresh') },
    { name: 'sync of 106 packages, nothing to do', note: syncNote, goals, entrants: () => syncs(bench, 'full') },
  ];
}

const syncNote = 'ww and uv read the pylock.toml that ww wrote, pip reads pins with hashes';

/** The environment of a lock, made in an empty one or brought up to date where it is complete already. */
async function syncs(bench: Bench, before: 'fresh' | 'full'): Promise<Entrant[]> {
  const { requirements, expected } = await realWheels(bench);
  const [ours] = bench.tools.filter(({ lock, ours }) => ours && lock !== undefined);
  if (ours === undefined) return [];
  const lockDir = path.join(bench.seriesDir, 'lock');
  const pylock = path.join(lockDir, 'pylock.toml');
  const place = warmPlace(bench, ours, lockDir);
  await prepareBy(bench, [ours.lock!(place, writeRequirements(place, requirements), pylock)]);
  return entrants(
    bench,
    ({ sync }) => sync !== undefined,
    async (tool, dir) => {
      const own = warmPlace(bench, tool, dir);
      const step = tool.sync!(own, { pylock, pins: pinsOfRealWheels });
      await prepareBy(bench, [...(tool.makeEnvironment?.(own) ?? []), ...(before === 'full' ? [step] : [])]);
      return trialOf(bench, [[step]], () => checkEnvironment(bench, own.envDir, expected));
    },
  );
}

function writeRequirements({ dir }: Place, requirements: readonly string[]): string {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, 'requirements.in');
  writeFileSync(file, `${requirements.join('\n')}\n`);
  return file;
}

function readAnswer(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function pinsOfLock(text: string): string[] {
  return [...text.matchAll(/\[\[packages\]\]\nname = "([^"]+)"\nversion = "([^"]+)"/g)].map(
    ([, name, version]) => `${name}==${version}`,
  );
}

function comparePins(found: readonly string[], expected: readonly string[]): string[] {
  const fold = (pins: readonly string[]) =>
    new Set(pins.map((pin) => pin.toLowerCase().replaceAll(/[-_.]+(?=.*==)/g, '-')));
  const [have, want] = [fold(found), fold(expected)];
  const missing = [...want].filter((pin) => !have.has(pin));
  const more = [...have].filter((pin) => !want.has(pin));
  return missing.length + more.length === 0
    ? []
    : [`it has ${more.join(', ') || 'nothing'} in place of ${missing.join(', ')}`];
}
