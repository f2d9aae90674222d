// What an environment of many small files costs, warm: in both layouts of ours, and from a cache on another file system.
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import path from 'node:path';
import { filesPerWheel, manyFiles } from '../corpus.ts';
import type { Entrant, Goal, Job } from '../job.ts';
import { runSteps } from '../run-steps.ts';
import { type Tool, warmPlace } from '../tools/tool.ts';
import { findWw } from '../tools/ww.ts';
import type { Bench } from '../types.ts';
import { freshInstall } from './installs.ts';

const memoryDir = '/dev/shm';

export function manyFilesJobs(bench: Bench): Job[] {
  return [
    ...[5, 15].map((wheels): Job => {
      const goals: Goal[] = [
        { entrant: 'ww', than: 'uv', atMost: 1 },
        { entrant: 'ww, shared', than: 'uv', atMost: 0.3 },
      ];
      return {
        name: `install of ${thousands(bench.size(wheels * filesPerWheel))} small files, warm`,
        goals,
        entrants: async () =>
          [...(await sharedLayout(bench)), ...bench.installers].flatMap((tool) => fresh(bench, tool, wheels)),
      };
    }),
    {
      name: `install of ${thousands(bench.size(5 * filesPerWheel))} small files, the cache on another file system`,
      note: `caches in ${memoryDir}; everybody copies`,
      goals: [{ entrant: 'ww', than: 'uv', atMost: 0.5 }],
      async entrants() {
        const elsewhere = otherFileSystem(bench);
        return elsewhere === undefined ? [] : bench.installers.flatMap((tool) => fresh(bench, tool, 5, elsewhere));
      },
    },
  ];
}

function fresh(bench: Bench, tool: Tool, wheels: number, cachesDir?: string): Entrant[] {
  if (tool.install === undefined) return [];
  const corpus = manyFiles(bench, wheels);
  return [
    {
      name: tool.name,
      ours: tool.ours,
      rounds: tool.slow ? 2 : undefined,
      async prepare(dir) {
        const place = warmPlace(bench, tool, dir, cachesDir);
        return freshInstall(bench, tool, corpus, [place], { copy: cachesDir !== undefined });
      },
    },
  ];
}

/** Ours with environments that share their files, where the command makes them. */
export async function sharedLayout(bench: Bench): Promise<Tool[]> {
  const { rootDir, baseDir, python, environment, server } = bench;
  const surroundings = { rootDir, cwd: baseDir, python, environment, indexUrl: server.indexUrl };
  const tool = findWw(surroundings, 'shared');
  if (typeof tool === 'string') return [];
  const place = warmPlace(bench, tool, mkdtempSync(path.join(bench.seriesDir, 'shared-')));
  const { fault } = await runSteps(bench, tool.makeEnvironment?.(place) ?? []);
  if (fault === undefined) return [tool];
  bench.skip(`the shared layout: ww venv refuses it (${fault})`);
  return [];
}

function otherFileSystem(bench: Bench): string | undefined {
  if (!existsSync(memoryDir) || statSync(memoryDir).dev === statSync(bench.seriesDir).dev) {
    bench.skip(`a cache on another file system: ${memoryDir} is not there, or not another one`);
    return undefined;
  }
  const dir = mkdtempSync(path.join(memoryDir, 'wheelwright-bench-'));
  bench.ownDirs.push(dir);
  return dir;
}

function thousands(count: number): string {
  return count.toLocaleString('en');
}
