// Back to an earlier generation: the same commit as a change, with nothing to build before it.
import { readdirSync } from 'node:fs';
import { type Fs, nodeFs, switchPointer } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { environmentPaths, generationTarget, readEnvironment, tryParseGeneration } from '@wheelwright/python';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { makeTopLinks, sweepTopLinks } from '../generation/top-links.ts';
import { writeMark } from '../generation/write-mark.ts';
import { InstallError } from '../model/install-error.ts';
import { currentGeneration, type GenerationEntry, readGenerations } from '../read/generations.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { layoutOf } from './layout-of.ts';

export interface RollBackOptions {
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly command?: string | undefined;
  readonly fs?: Fs | undefined;
  readonly now?: (() => Date) | undefined;
}

/** The generation that is current now and the one that was. */
export interface RollBackResult {
  readonly generation: number;
  readonly from: number;
}

/**
 * Makes generation `number` current again; without a number the one that was current before the
 * present one, and is not half of a repair.
 * Throws INSTALL_NO_SUCH_GENERATION for one that is not there or never was current. Old before a crash, new after it.
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
      hint: 'Turn it into an environment with generations with `ww adopt`: from then on every change can be undone.',
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
