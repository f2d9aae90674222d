// One wheel of a trivial setuptools tree, isolated, with everything cached; and ten of them at once from the same tree.
import path from 'node:path';
import { checkWheels } from '../checks.ts';
import { serveBackend, writeTree } from '../corpus.ts';
import type { Entrant, Job } from '../job.ts';
import { trialOf } from '../run-steps.ts';
import { type Tool, warmPlace } from '../tools/tool.ts';
import { wwCommand } from '../tools/ww.ts';
import type { Bench } from '../types.ts';

const ten = Array.from({ length: 10 }, (_, n) => `${n}`);

export function buildJobs(bench: Bench): Job[] {
  return [
    {
      name: 'build of a trivial tree, warm',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 0.8 }],
      async entrants() {
        await serveBackend(bench);
        return bench.tools.flatMap((tool) => builds(bench, tool, ['0']));
      },
    },
    {
      name: 'ten builds of one tree at once',
      note: 'ten processes; `ww, one command` is one process with ten trees',
      goals: [
        { entrant: 'ww, one command', than: 'uv', atMost: 0.5 },
        { entrant: 'ww', than: 'uv', atMost: 0.8 },
      ],
      async entrants() {
        await serveBackend(bench);
        return [oneCommand(bench), ...bench.tools.flatMap((tool) => builds(bench, tool, ten))];
      },
    },
  ];
}

/** As many processes as there are names, all on the same tree, each with an out directory of its own. */
function builds(bench: Bench, tool: Tool, names: readonly string[]): Entrant[] {
  if (tool.build === undefined) return [];
  return [
    {
      name: tool.name,
      ours: tool.ours,
      rounds: tool.slow && names.length > 1 ? 2 : undefined,
      async prepare(dir) {
        const treeDir = path.join(dir, 'tree');
        writeTree(treeDir);
        const outDirs = names.map((name) => path.join(dir, name, 'out'));
        const place = warmPlace(bench, tool, dir);
        const sequences = outDirs.map((outDir) =>
          [tool.build?.(place, treeDir, outDir)].filter((step) => step !== undefined),
        );
        return trialOf(bench, sequences, () => checkWheels(bench, outDirs));
      },
    },
  ];
}

function oneCommand(bench: Bench): Entrant {
  return {
    name: 'ww, one command',
    ours: true,
    async prepare(dir) {
      const trees = ten.map((name) => path.join(dir, name));
      for (const tree of trees) writeTree(tree);
      const { cacheDir } = warmPlace(bench, { name: 'ww' }, dir);
      const options = ['-q', '--wheel', '-p', bench.python, '--store', cacheDir, '-i', bench.server.indexUrl];
      const command = [...wwCommand(bench.rootDir), 'build', ...options, ...trees];
      return trialOf(bench, [[{ command }]], () =>
        checkWheels(
          bench,
          trees.map((tree) => path.join(tree, 'dist')),
        ),
      );
    },
  };
}
