// What changes an environment that is full already: one package newer, all newer, nothing to do, one package out.

import { checkEnvironment } from '../checks.ts';
import { type Corpus, filesPerWheel, manyFiles } from '../corpus.ts';
import type { Job } from '../job.ts';
import { prepareBy, trialOf } from '../run-steps.ts';
import { type Place, type Tool, type Wish, warmPlace } from '../tools/tool.ts';
import type { Bench, Step } from '../types.ts';

const wheels = 5;

/** From the full environment to another one. */
interface Change {
  readonly name: string;
  readonly after: (bench: Bench) => Corpus;
  readonly wish: (after: Corpus) => Wish;
  readonly steps: (tool: Tool, place: Place, wish: Wish) => Step[] | undefined;
}

const install: Change['steps'] = (tool, place, wish) => tool.install?.(place, wish);

const changes: readonly Change[] = [
  {
    name: 'upgrade of one package of five',
    after: (bench) => mixed(manyFiles(bench, wheels, '2.0'), manyFiles(bench, wheels), 1),
    wish: ({ requirements }) => ({ all: requirements, named: requirements.slice(0, 1).map(bare), upgrade: true }),
    steps: install,
  },
  {
    name: 'upgrade of all five packages',
    after: (bench) => manyFiles(bench, wheels, '2.0'),
    wish: ({ requirements }) => ({ all: requirements, named: requirements.map(bare), upgrade: true }),
    steps: install,
  },
  {
    name: 'install of what is there already',
    after: (bench) => manyFiles(bench, wheels),
    wish: ({ requirements }) => ({ all: requirements, named: requirements.map(bare) }),
    steps: install,
  },
  {
    name: 'uninstall of one package of five',
    after: (bench) => without(manyFiles(bench, wheels)),
    wish: ({ requirements }) => ({ all: requirements }),
    steps: (tool, place) => tool.uninstall?.(place, ['bulk-a']),
  },
];

export function changeJobs(bench: Bench): Job[] {
  const note = `in an environment of ${wheels} packages with ${bench.size(filesPerWheel)} files each`;
  return changes.map(({ name, after, wish, steps }) => ({
    name,
    note,
    async entrants() {
      const before = { all: manyFiles(bench, wheels).requirements };
      const target = after(bench);
      return bench.tools
        .filter((tool) => tool.install !== undefined)
        .map((tool) => ({
          name: tool.name,
          ours: tool.ours,
          rounds: tool.slow ? 2 : undefined,
          async prepare(dir: string) {
            const place = warmPlace(bench, tool, dir);
            tool.prepare?.(place, before);
            await prepareBy(bench, [
              ...(tool.makeEnvironment?.(place) ?? []),
              ...(tool.install?.(place, before) ?? []),
            ]);
            tool.prepare?.(place, wish(target));
            const sequence = steps(tool, place, wish(target)) ?? [];
            return trialOf(bench, [sequence], () => checkEnvironment(bench, place.envDir, target.expected));
          },
        }));
    },
  }));
}

/** The first `count` of `newer`, the rest of `older`. */
function mixed(newer: Corpus, older: Corpus, count: number): Corpus {
  const mix = (a: readonly string[], b: readonly string[]) => [...a.slice(0, count), ...b.slice(count)];
  return {
    requirements: mix(newer.requirements, older.requirements),
    expected: {
      ...older.expected,
      distributions: mix(newer.expected.distributions, older.expected.distributions),
    },
  };
}

function without({ requirements, expected }: Corpus): Corpus {
  const { distributions, files, imports } = expected;
  const each = files / distributions.length;
  return {
    requirements: requirements.slice(1),
    expected: { distributions: distributions.slice(1), files: files - each, imports: imports.slice(1) },
  };
}

function bare(requirement: string): string {
  return requirement.split('==', 1)[0] as string;
}
