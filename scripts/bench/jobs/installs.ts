// Six real packages into a fresh environment: with everything in the cache, with nothing in it, and eight times at once.
import path from 'node:path';
import { checkEnvironment } from '../checks.ts';
import { type Corpus, sixPackages } from '../corpus.ts';
import type { Entrant, Job, Trial } from '../job.ts';
import { trialOf } from '../run-steps.ts';
import { coldPlace, type Place, type Tool, warmPlace } from '../tools/tool.ts';
import type { Bench } from '../types.ts';

export function installJobs(bench: Bench): Job[] {
  const entrants = (prepare: (tool: Tool, corpus: Corpus, dir: string) => Promise<Trial>) => async () => {
    const corpus = await sixPackages(bench);
    return bench.installers
      .filter(({ install }) => install !== undefined)
      .map(
        (tool): Entrant => ({
          name: tool.name,
          ours: tool.ours,
          rounds: tool.slow ? 3 : undefined,
          prepare: (dir) => prepare(tool, corpus, dir),
        }),
      );
  };
  return [
    {
      name: 'install of 6 packages, warm',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 1 }],
      entrants: entrants(async (tool, corpus, dir) => freshInstall(bench, tool, corpus, [warmPlace(bench, tool, dir)])),
    },
    {
      name: 'install of 6 packages, cold',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 1 }],
      entrants: entrants(async (tool, corpus, dir) => freshInstall(bench, tool, corpus, [coldPlace(dir)])),
    },
    {
      name: '8 environments at once, cold',
      note: 'one cache for all eight; downloads counted by the index',
      goals: [{ entrant: 'ww', figure: 'downloads per file', atMost: 1 }],
      entrants: entrants(async (tool, corpus, dir) => {
        const places = Array.from({ length: 8 }, (_, n) => ({
          ...coldPlace(path.join(dir, `${n}`)),
          cacheDir: path.join(dir, 'cache'),
        }));
        return countingDownloads(bench, freshInstall(bench, tool, corpus, places));
      }),
    },
  ];
}

/** Fresh environments with the corpus in each, made at once. */
export function freshInstall(
  bench: Bench,
  tool: Tool,
  { requirements, expected }: Corpus,
  places: readonly Place[],
  { copy }: { readonly copy?: boolean } = {},
): Trial {
  const wish = { all: requirements, copy };
  for (const place of places) tool.prepare?.(place, wish);
  const sequences = places.map((place) => [
    ...(tool.makeEnvironment?.(place) ?? []),
    ...(tool.install?.(place, wish) ?? []),
  ]);
  return trialOf(bench, sequences, async () => {
    const faults = await Promise.all(places.map(({ envDir }) => checkEnvironment(bench, envDir, expected)));
    return faults.flat();
  });
}

function countingDownloads(bench: Bench, trial: Trial): Trial {
  return {
    ...trial,
    async run() {
      bench.server.forget();
      const outcome = await trial.run();
      const downloads = bench.server.requests.filter(
        ({ method, path, status }) => method === 'GET' && path.endsWith('.whl') && status < 300,
      );
      const files = new Set(downloads.map(({ path }) => path));
      return { ...outcome, figures: { 'downloads per file': downloads.length / Math.max(1, files.size) } };
    },
  };
}
