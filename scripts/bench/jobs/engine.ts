// The installer as a library, in this very process: nothing to do, and what it costs that the outcome is on the disk.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Durability } from '@wheelwright/atomic-fs';
import { changeEnvironment, type WheelTree } from '@wheelwright/installer';
import { normalizeName } from '@wheelwright/packaging';
import { createEnvironment, findInterpreter, type Interpreter } from '@wheelwright/python';
import { openStore, type Store } from '@wheelwright/store';
import { install, openTool, readSettings } from 'wheelwright';
import { checkEnvironment } from '../checks.ts';
import { bulkWheel, type Corpus, filesPerWheel, manyFiles } from '../corpus.ts';
import type { Entrant, Job } from '../job.ts';
import { median } from '../measure.ts';
import type { Bench } from '../types.ts';

export function engineJobs(bench: Bench): Job[] {
  return [
    {
      name: 'install engine in this process, nothing to do',
      note: 'the tool: the same with settings, store, index and resolver',
      goals: [{ entrant: 'engine', atMost: 10 }],
      async entrants() {
        const engine = await openEngine(bench, 5);
        return [nothingToDo(bench, engine), toolNothingToDo(bench, engine)];
      },
    },
    {
      name: `install engine in this process, ${2 * bench.size(filesPerWheel)} files, synced against not`,
      goals: [{ entrant: 'synced', than: 'not synced', atMost: 1.1, orMore: 50 }],
      async entrants() {
        const engine = await openEngine(bench, 2);
        return [
          engineInstall(bench, engine, 'synced', 'full'),
          { ...engineInstall(bench, engine, 'not synced', 'none'), ours: false },
        ];
      },
    },
  ];
}

/** A store that has unpacked so many wheels already. */
interface Engine {
  readonly storeDir: string;
  readonly interpreter: Interpreter;
  readonly corpus: Corpus;
  readonly add: readonly WheelTree[];
}

async function openEngine(bench: Bench, wheels: number): Promise<Engine> {
  const storeDir = path.join(bench.baseDir, 'engine', `${wheels}`);
  const store = await openStore(storeDir);
  const interpreter = await findInterpreter(bench.python, {
    searchPath: bench.environment.PATH ?? '',
    cache: store.facts,
  });
  const corpus = manyFiles(bench, wheels);
  const add: WheelTree[] = [];
  for (const requirement of corpus.requirements) add.push(await storedTree(bench, store, requirement));
  await store.close();
  return { storeDir, interpreter, corpus, add };
}

async function storedTree(bench: Bench, store: Store, requirement: string): Promise<WheelTree> {
  const [name = '', version = ''] = requirement.split('==');
  const { filename, bytes } = bulkWheel(bench, name, version);
  const wheelPath = path.join(bench.baseDir, filename);
  writeFileSync(wheelPath, bytes);
  const { manifest, sha256, treeDir } = await store.addWheel(wheelPath);
  return { ...manifest, name: normalizeName(manifest.name), sha256, treeDir, requested: true };
}

function engineInstall(bench: Bench, engine: Engine, name: string, durability: Durability): Entrant {
  const { interpreter, add, corpus } = engine;
  return {
    name,
    ours: true,
    async prepare(dir) {
      const envDir = path.join(dir, 'env');
      await createEnvironment(envDir, { interpreter, layout: 'own' });
      return {
        async run() {
          await changeEnvironment(envDir, { add, remove: [] }, { durability });
          return {};
        },
        check: () => checkEnvironment(bench, envDir, corpus.expected),
      };
    },
  };
}

function nothingToDo(bench: Bench, engine: Engine): Entrant {
  const { add } = engine;
  return repeated(bench, engine, 'engine', async (envDir) => {
    return async () => (await changeEnvironment(envDir, { add, remove: [] })).committed;
  });
}

function toolNothingToDo(bench: Bench, engine: Engine): Entrant {
  const { storeDir, corpus } = engine;
  const variables = { PATH: bench.environment.PATH, HOME: bench.environment.HOME };
  return repeated(bench, engine, 'tool', async (environment) => {
    const settings = { storeDir, workingDir: bench.baseDir, indexUrl: bench.server.indexUrl };
    return async () => {
      await using tool = openTool(readSettings(settings, variables));
      const { change } = await install(tool, { environment, requirements: corpus.requirements });
      return change?.committed !== false;
    };
  });
}

/** Twenty calls on one environment; the middle one is the measure, a call that changes something a fault. */
function repeated(
  bench: Bench,
  engine: Engine,
  name: string,
  setUp: (envDir: string) => Promise<() => Promise<boolean>>,
): Entrant {
  const installed = engineInstall(bench, engine, name, 'none');
  return {
    ...installed,
    async prepare(dir) {
      const trial = await installed.prepare(dir);
      await trial.run();
      const call = await setUp(path.join(dir, 'env'));
      return {
        ...trial,
        async run() {
          const [times, faults]: [number[], string[]] = [[], []];
          for (let n = 0; n < 20; n += 1) {
            const started = performance.now();
            if (await call()) faults.push('it changed something');
            times.push(performance.now() - started);
          }
          return { measure: median(times), faults: faults.slice(0, 1) };
        },
      };
    },
  };
}
