// 106 real wheels: over loopback and over a network, with a full and an empty cache, in both layouts; and one large wheel.
import { checkEnvironment } from '../checks.ts';
import { type Corpus, largeWheel, realWheels } from '../corpus.ts';
import type { Entrant, Goal, Job, Trial } from '../job.ts';
import { prepareBy, trialOf } from '../run-steps.ts';
import { startSlowNetwork } from '../slow-network.ts';
import { coldPlace, type Place, type Tool, type Wish, warmPlace } from '../tools/tool.ts';
import type { Bench } from '../types.ts';
import { sharedLayout } from './many-files.ts';

const oneCommand = 'ww, one command';
const carried = 'CPU µs a carried file';

export function realWheelJobs(bench: Bench): Job[] {
  const job = (name: string, goals: readonly Goal[], run: (tool: Tool, corpus: Real, dir: string) => Trial): Job => ({
    name,
    goals,
    entrants: async () => entrantsOf(bench, bench.installers, run),
  });
  return [
    job('install of 106 wheels, cold', cold(1.6), (tool, { corpus }, dir) =>
      filled(bench, tool, corpus, coldPlace(dir), { all: corpus.requirements }),
    ),
    slowNetworkJob(bench),
    job(
      'install of 106 wheels, warm, over an index',
      [{ entrant: oneCommand, than: 'uv', atMost: 1.5 }],
      (tool, { corpus }, dir) => filled(bench, tool, corpus, warmPlace(bench, tool, dir), { all: corpus.requirements }),
    ),
    job(
      'install of 106 wheels, warm, pins from a folder',
      [{ entrant: 'ww', than: 'uv', atMost: 1.3 }],
      (tool, { corpus, folder }, dir) => {
        const wish = { all: corpus.expected.distributions, folder };
        return filled(bench, tool, corpus, warmPlace(bench, tool, dir), wish);
      },
    ),
    sharedJob(bench),
    nothingToDoJob(bench),
    oneOutJob(bench),
    largeWheelJob(bench),
  ];
}

interface Real {
  readonly corpus: Corpus;
  readonly folder: string;
}

function cold(wall: number): Goal[] {
  return [
    { entrant: oneCommand, than: 'uv', atMost: wall },
    { entrant: oneCommand, than: 'uv', figure: 'CPU ms', atMost: 1.5 },
    { entrant: oneCommand, figure: 'peak MB', atMost: 200 },
  ];
}

async function entrantsOf(
  bench: Bench,
  tools: readonly Tool[],
  run: (tool: Tool, corpus: Real, dir: string) => Trial | Promise<Trial>,
): Promise<Entrant[]> {
  const { wheelsDir, ...corpus } = await realWheels(bench);
  return tools
    .filter(({ install }) => install !== undefined)
    .map((tool) => ({
      name: tool.name,
      ours: tool.ours,
      rounds: tool.slow ? 1 : undefined,
      prepare: async (dir) => run(tool, { corpus, folder: wheelsDir }, dir),
    }));
}

/** A fresh environment, made and filled. */
function filled(bench: Bench, tool: Tool, { expected }: Corpus, place: Place, wish: Wish): Trial {
  tool.prepare?.(place, wish);
  const steps = [...(tool.makeEnvironment?.(place) ?? []), ...(tool.install?.(place, wish) ?? [])];
  if (steps.length === 0) throw new Error('this tool has no such command');
  return trialOf(bench, [steps], () => checkEnvironment(bench, place.envDir, expected));
}

function slowNetworkJob(bench: Bench): Job {
  return {
    name: 'install of 106 wheels, cold, 20 ms and 50 MB/s',
    note: 'a proxy in a process of its own delays and limits what comes from the index',
    goals: cold(1.1),
    async entrants() {
      const port = Number(new URL(bench.server.origin).port);
      const network = await startSlowNetwork(port, { roundTripMs: 20, bytesPerSecond: 50_000_000 });
      process.once('exit', () => network.close());
      const indexUrl = bench.server.indexUrl.replace(`:${port}`, `:${network.port}`);
      return entrantsOf(bench, bench.installers, (tool, { corpus }, dir) =>
        filled(bench, tool, corpus, coldPlace(dir), { all: corpus.requirements, indexUrl }),
      );
    },
  };
}

function sharedJob(bench: Bench): Job {
  return {
    name: 'install of 106 wheels, shared, the set known',
    goals: [{ entrant: 'ww, shared', than: 'uv', atMost: 0.35 }],
    async entrants() {
      const tools = [...(await sharedLayout(bench)), ...bench.tools.filter(({ name }) => name === 'uv')];
      return entrantsOf(bench, tools, (tool, { corpus, folder }, dir) =>
        filled(bench, tool, corpus, warmPlace(bench, tool, dir), { all: corpus.expected.distributions, folder }),
      );
    },
  };
}

function nothingToDoJob(bench: Bench): Job {
  return {
    name: 'nothing to do, 106 packages',
    goals: [{ entrant: 'ww', than: 'node -e 0', atMost: 1.3 }],
    async entrants() {
      const again = await entrantsOf(bench, bench.tools, async (tool, { corpus }, dir) => {
        const place = warmPlace(bench, tool, dir);
        const wish = { all: corpus.requirements };
        tool.prepare?.(place, wish);
        const install = tool.install?.(place, wish) ?? [];
        await prepareBy(bench, [...(tool.makeEnvironment?.(place) ?? []), ...install, ...install]);
        return trialOf(bench, [install], () => checkEnvironment(bench, place.envDir, corpus.expected));
      });
      const node = { command: [process.execPath, '-e', '0'] };
      return [...again, { name: 'node -e 0', ours: false, prepare: async () => trialOf(bench, [[node]]) }];
    },
  };
}

/** Takes one package out; what remains is carried from one state of the environment to the next. */
function oneOutJob(bench: Bench): Job {
  const leaf = 'jupyterlab-pygments';
  return {
    name: 'one package of 106 out',
    note: 'the processor time is that of the whole command, divided by the files that stay',
    goals: [{ entrant: 'ww', figure: carried, atMost: 12 }],
    entrants: () =>
      entrantsOf(bench, bench.tools, async (tool, { corpus }, dir) => {
        const place = warmPlace(bench, tool, dir);
        const wish = { all: corpus.requirements };
        tool.prepare?.(place, wish);
        await prepareBy(bench, [...(tool.makeEnvironment?.(place) ?? []), ...(tool.install?.(place, wish) ?? [])]);
        const trial = trialOf(bench, [tool.uninstall?.(place, [leaf]) ?? []]);
        return {
          async run() {
            const outcome = await trial.run();
            const cpuMs = outcome.figures?.['CPU ms'] ?? Number.NaN;
            return { ...outcome, figures: { ...outcome.figures, [carried]: (cpuMs * 1_000) / corpus.expected.files } };
          },
        };
      }),
  };
}

function largeWheelJob(bench: Bench): Job {
  const megabytes = bench.size(400);
  return {
    name: `install of one wheel of ${megabytes} MB, cold`,
    goals: [{ entrant: oneCommand, figure: 'peak MB', atMost: 120 }],
    async entrants() {
      const corpus = largeWheel(bench, megabytes);
      return bench.installers
        .filter(({ install }) => install !== undefined)
        .map((tool) => ({
          name: tool.name,
          ours: tool.ours,
          rounds: tool.slow ? 1 : 2,
          prepare: async (dir: string) => filled(bench, tool, corpus, coldPlace(dir), { all: corpus.requirements }),
        }));
    },
  };
}
