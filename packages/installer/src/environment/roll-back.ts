// Goes back to an earlier generation: the same commit as that of a change, with nothing to build before it.
import { readdirSync } from 'node:fs';
import { nodeFs, switchPointer } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { environmentPaths, generationTarget, readEnvironment, tryParseGeneration } from '@wheelwright/python';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { makeTopLinks, sweepTopLinks } from '../generation/top-links.ts';
import { writeMark } from '../generation/write-mark.ts';
import { InstallError } from '../model/install-error.ts';
import type { OperationOptions } from '../model/operation-options.ts';
import { currentGeneration, type GenerationEntry, readGenerations } from '../read/generations.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { layoutOf } from './layout-of.ts';

/** How {@link rollBack} works. */
export type RollBackOptions = OperationOptions;

/** What {@link rollBack} did. */
export interface RollBackResult {
  /** The generation that is current now. */
  readonly generation: number;
  /** The generation that was current before; the same where nothing had to be done. */
  readonly from: number;
}

/**
 * Makes generation `number` of the environment at the absolute path `environmentDir` current again; without a number, the
 * generation that was current before the present one and is not the first half of a repair. After a crash the environment
 * reads as the one or the other. Throws INSTALL_NO_SUCH_GENERATION for a generation that does not exist or never was
 * current, and INSTALL_UNSUPPORTED_ENVIRONMENT for an environment that keeps no generations.
 */
export async function rollBack(
  environmentDir: string,
  number?: number | undefined,
  options: RollBackOptions = {},
): Promise<RollBackResult> {
  const { command = 'rollback', fs = nodeFs, now = () => new Date() } = options;
  const paths = environmentPaths(environmentDir);
  if (!layoutOf(environmentDir).keepsGenerations) refusePrefix(environmentDir);
  const lock = await lockEnvironment(environmentDir, { ...options, command });
  try {
    recoverGenerations(environmentDir, fs);
    const from = currentGeneration(environmentDir)!;
    const target = chooseTarget(environmentDir, from, number);
    if (target.number !== from) {
      makeTopLinks(environmentDir, topNames(target.dir), fs);
      switchPointer(paths.current, generationTarget(target.number), { fs });
    }
    ignoreFailure(() => {
      writeMark(target.dir, now(), fs);
      sweepTopLinks(environmentDir, fs);
    });
    return { generation: target.number, from };
  } finally {
    lock.release();
    ignoreFailure(() => emptyTrash(environmentDir, fs));
  }
}

function refusePrefix(environmentDir: string): never {
  readEnvironment(environmentDir);
  throw new InstallError(
    'INSTALL_UNSUPPORTED_ENVIRONMENT',
    `${environmentDir} is changed in place and keeps no generations to go back to.`,
    {
      hint: 'Turn it into an environment with generations: from then on every change can be undone.',
      data: { environmentDir },
    },
  );
}

function chooseTarget(environmentDir: string, current: number, number: number | undefined): GenerationEntry {
  const marked = readGenerations(environmentDir).filter(({ committedMs }) => committedMs !== undefined);
  const halves = new Set(marked.map(({ dir }) => tryParseGeneration(dir)?.completes));
  const found =
    number === undefined
      ? marked
          .filter((entry) => entry.number !== current && !halves.has(entry.number))
          .sort((a, b) => b.committedMs! - a.committedMs!)[0]
      : marked.find((entry) => entry.number === number);
  if (found !== undefined) return found;
  const what = number === undefined ? 'no generation to go back to' : `no generation ${number}`;
  throw new InstallError('INSTALL_NO_SUCH_GENERATION', `${environmentDir} has ${what}.`, {
    hint:
      marked.length < 2
        ? `There is only generation ${current}, the current one.`
        : `There are: ${marked.map((entry) => entry.number).join(', ')}; the current one is ${current}.`,
    data: { environmentDir, current, generations: marked.map((entry) => entry.number) },
  });
}

function topNames(dir: string): string[] {
  return readdirSync(dir).filter((name) => !name.startsWith('.'));
}
