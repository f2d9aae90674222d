// One wheel of a trivial setuptools tree, isolated, with everything cached; ten of them at once from the same tree; twenty
// packages of a monorepo; a tree of many files; and each of these again with nothing changed.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkWheels } from '../checks.ts';
import { serveBackend, writeTree } from '../corpus.ts';
import type { Entrant, Job } from '../job.ts';
import { prepareBy, trialOf } from '../run-steps.ts';
import { type Tool, warmPlace } from '../tools/tool.ts';
import { wwCommand } from '../tools/ww.ts';
import type { Bench, Step } from '../types.ts';

const ten = Array.from({ length: 10 }, (_, n) => `${n}`);
const twenty = Array.from({ length: 20 }, (_, n) => `${n}`);
const manyFiles = 50_000;

export function buildJobs(bench: Bench): Job[] {
  return [
    {
      name: 'build of a trivial tree, warm',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 0.4 }],
      async entrants() {
        await serveBackend(bench);
        return bench.tools.flatMap((tool) => builds(bench, tool, ['0']));
      },
    },
    {
      name: 'build of a trivial tree that is unchanged',
      note: 'the wheel was built before, and the out directory holds it',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 0.15 }],
      async entrants() {
        await serveBackend(bench);
        return bench.tools.flatMap((tool) => builds(bench, tool, ['0'], { isUnchanged: true }));
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
    {
      name: 'twenty packages of a monorepo',
      note: 'ww in one command, the others one after another',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 0.4 }],
      entrants: () => monorepo(bench, false),
    },
    {
      name: 'twenty packages of a monorepo, unchanged',
      note: 'ww in one command, the others one after another',
      goals: [{ entrant: 'ww', than: 'uv', atMost: 0.05 }],
      entrants: () => monorepo(bench, true),
    },
    {
      name: 'build of a tree with many files',
      note: `${bench.size(manyFiles)} files beside the package; uv builds in the tree itself, ww on a copy`,
      async entrants() {
        await serveBackend(bench);
        return bench.tools.flatMap((tool) => builds(bench, tool, ['0'], { files: bench.size(manyFiles) }));
      },
    },
    {
      name: 'build of a tree with many files, unchanged',
      note: `${bench.size(manyFiles)} files beside the package`,
      async entrants() {
        await serveBackend(bench);
        const world = { files: bench.size(manyFiles), isUnchanged: true };
        return bench.tools.flatMap((tool) => builds(bench, tool, ['0'], world));
      },
    },
  ];
}

/** The tree before the clock starts. */
interface TreeBefore {
  /** Whether the same was built before. */
  readonly isUnchanged?: boolean | undefined;
  /** How many files lie beside the package. */
  readonly files?: number | undefined;
}

async function monorepo(bench: Bench, isUnchanged: boolean): Promise<Entrant[]> {
  await serveBackend(bench);
  return bench.tools
    .filter((tool) => tool.build !== undefined)
    .map((tool) => ({
      name: tool.name,
      ours: tool.ours,
      rounds: tool.slow ? 1 : undefined,
      async prepare(dir) {
        const trees = twenty.map((name) => path.join(dir, 'packages', name));
        // Twenty trees of other content, and others in each round: no build before the clock starts serves for one.
        for (const [n, tree] of trees.entries()) {
          writeTree(tree);
          writeFileSync(path.join(tree, 'number.txt'), `${dir} ${n}`);
        }
        const place = warmPlace(bench, tool, dir);
        const steps = tool.ours
          ? [allAtOnce(bench, place.cacheDir, trees)]
          : trees
              .map((tree) => tool.build?.(place, tree, path.join(tree, 'dist')))
              .filter((step) => step !== undefined);
        if (isUnchanged) await prepareBy(bench, steps);
        return trialOf(bench, [steps], () =>
          checkWheels(
            bench,
            trees.map((tree) => path.join(tree, 'dist')),
          ),
        );
      },
    }));
}

function allAtOnce(bench: Bench, cacheDir: string, trees: readonly string[]): Step {
  const options = ['-q', '--wheel', '-p', bench.python, '--store', cacheDir, '-i', bench.server.indexUrl];
  return { command: [...wwCommand(bench.rootDir), 'build', ...options, ...trees] };
}

function writeManyFiles(dir: string, count: number): void {
  for (let n = 0; n < count; n += 1) {
    const parent = path.join(dir, 'data', `${Math.floor(n / 500)}`);
    if (n % 500 === 0) mkdirSync(parent, { recursive: true });
    writeFileSync(path.join(parent, `${n}.txt`), `${n}\n`);
  }
}

/** As many processes as there are names, all on the same tree, each with an out directory of its own. */
function builds(bench: Bench, tool: Tool, names: readonly string[], before: TreeBefore = {}): Entrant[] {
  if (tool.build === undefined) return [];
  return [
    {
      name: tool.name,
      ours: tool.ours,
      rounds: tool.slow && names.length > 1 ? 2 : undefined,
      async prepare(dir) {
        const treeDir = path.join(dir, 'tree');
        writeTree(treeDir);
        writeFileSync(path.join(treeDir, 'round.txt'), dir);
        writeManyFiles(treeDir, before.files ?? 0);
        const outDirs = names.map((name) => path.join(dir, name, 'out'));
        const place = warmPlace(bench, tool, dir);
        const sequences = outDirs.map((outDir) =>
          [tool.build?.(place, treeDir, outDir)].filter((step) => step !== undefined),
        );
        if (before.isUnchanged === true) await prepareBy(bench, sequences.flat());
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
      for (const [n, tree] of trees.entries()) {
        writeTree(tree);
        writeFileSync(path.join(tree, 'round.txt'), `${dir} ${n}`);
      }
      const { cacheDir } = warmPlace(bench, { name: 'ww' }, dir);
      return trialOf(bench, [[allAtOnce(bench, cacheDir, trees)]], () =>
        checkWheels(
          bench,
          trees.map((tree) => path.join(tree, 'dist')),
        ),
      );
    },
  };
}
