// Makes build environments with the interpreter's own venv and pip, for programs that use this package alone. An
// environment for equal requirements and the same interpreter is reused for a short time, by any number of builds at once.
//
// Protocol of a reused environment `kept-<key>`:
// 1. Take `<key>.lock` exclusively.                                  crash here: nothing was written.
// 2. If its mark is old and no build holds its lease, make it again. If a build holds it, give this build its own one.
//                                                                    crash here: no mark, so the next build makes it again.
// 3. Write the mark, take the lease shared, release the lock.        crash here: the environment is complete.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { removeTree, writeFileAtomic } from '@wheelwright/atomic-fs';
import { redactUrls } from '@wheelwright/errors';
import { acquireLock, type Lock, LockError, tryAcquireLock, withLock } from '@wheelwright/fslock';
import { Pep517Error } from './pep517-error.ts';
import type { ProvidedEnvironment, Provisioner } from './ports.ts';
import { type ProgramResult, runProgram } from './runner/run-program.ts';
import { makeLeasedDirectory, sweepLeasedDirectories } from './session/leased-directory.ts';

/** The directory of environments, and settings for pip. */
export interface PipProvisionerOptions {
  /** The directory of the environments, absolute. */
  readonly environmentsDir: string;
  /** The environment variables of pip, with its configuration and index. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Further arguments of `pip install`, such as `['--no-index', '--find-links', dir]`. */
  readonly pipArguments?: readonly string[] | undefined;
  /** For how long an environment is reused, in ms; ten minutes by default. 0: never. */
  readonly reuseForMs?: number | undefined;
}

const prefix = '.environment';
const defaultReuseMs = 600_000;
/** The first version of pip that can install into another environment (`--python`). */
const firstPipForOthers = [22, 3] as const;
const installWords = ['install', '--no-input', '--no-warn-script-location', '--disable-pip-version-check'];
const shownLines = 30;

/** Makes a provisioner. Its `provide` throws PEP517_REQUIREMENTS_FAILED, with pip's output in `data.log`. */
export function createPipProvisioner(options: PipProvisionerOptions): Provisioner {
  const environment = { ...options.environment };
  for (const name of ['PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__', 'PIP_TARGET', 'PIP_PREFIX']) {
    delete environment[name];
  }
  const make = async (dir: string, requirements: readonly string[], executable: string, signal: Signal) => {
    const run: Run = (python, words) => runProgram(python, words, { environment, cwd: path.dirname(dir), signal });
    const python = path.join(dir, 'bin', 'python');
    const made = await run(executable, ['-m', 'venv', '--without-pip', dir]);
    if (made.status !== 0) throw failed(`${executable} could not make a virtual environment`, made);
    let pip: PipCommand | undefined;
    const install = async (wanted: readonly string[]) => {
      if (wanted.length === 0) return;
      pip ??= await findPip(executable, python, run);
      const words = [...pip.words, ...installWords, ...(options.pipArguments ?? []), '--', ...wanted];
      const installed = await run(pip.python, words);
      if (installed.status !== 0) throw failed(`pip did not install ${wanted.join(', ')}`, installed);
    };
    await install(requirements);
    return { python, install };
  };

  const provideOwn = async (parentDir: string, requirements: readonly string[], executable: string, signal: Signal) => {
    await sweepLeasedDirectories(parentDir, prefix);
    const leased = await makeLeasedDirectory(parentDir, prefix);
    try {
      const { python, install } = await make(path.join(leased.dir, 'env'), requirements, executable, signal);
      return provided(python, leased, install);
    } catch (error) {
      leased.release();
      throw error;
    }
  };

  const provider: Provisioner = {
    async provide(requirements, interpreter, { signal }) {
      mkdirSync(options.environmentsDir, { recursive: true });
      const parentDir = realpathSync(options.environmentsDir);
      const { executable } = interpreter;
      const { reuseForMs = defaultReuseMs } = options;
      const key = keyOf(requirements, executable, { ...options, environment });
      const kept = await openKept({
        dir: path.join(parentDir, `kept-${key}`),
        reuseForMs: Math.max(0, reuseForMs),
        signal,
        make: async (dir) => {
          await make(dir, requirements, executable, signal);
        },
      });
      if (kept === undefined) return await provideOwn(parentDir, requirements, executable, signal);
      return {
        python: path.join(kept.dir, 'bin', 'python'),
        binDir: path.join(kept.dir, 'bin'),
        leaseFd: kept.lease.fd,
        // Other builds may use this environment, so further requirements go into another one.
        extend: (more) => provider.provide([...requirements, ...more], interpreter, { signal }),
        release: async () => kept.lease.release(),
      };
    },
  };
  return provider;
}

type Signal = AbortSignal | undefined;

interface KeptRequest {
  readonly dir: string;
  readonly reuseForMs: number;
  readonly signal: Signal;
  readonly make: (dir: string) => Promise<void>;
}

/** A reused environment with a shared lease on it; undefined if the build needs one of its own. */
async function openKept(request: KeptRequest): Promise<{ readonly dir: string; readonly lease: Lock } | undefined> {
  const { dir, reuseForMs, signal, make } = request;
  if (reuseForMs === 0) return undefined;
  const mark = `${dir}.complete`;
  try {
    return await withLock(`${dir}.lock`, { signal, purpose: 'build environment' }, async () => {
      if (!isYoung(mark, reuseForMs) || !existsSync(dir)) {
        const alone = await tryAcquireLock(`${dir}.lease`, { purpose: 'build environment' });
        if (alone === undefined) return undefined;
        try {
          rmSync(mark, { force: true });
          removeTree(dir);
          await make(dir);
          writeFileAtomic(mark, '');
        } catch (error) {
          removeTree(dir);
          throw error;
        } finally {
          alone.release();
        }
      }
      return { dir, lease: await acquireLock(`${dir}.lease`, { mode: 'shared', signal }) };
    });
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    if (error.code === 'FSLOCK_UNSUPPORTED') return undefined;
    signal?.throwIfAborted();
    throw error;
  }
}

function isYoung(mark: string, reuseForMs: number): boolean {
  const madeMs = statSync(mark, { throwIfNoEntry: false })?.mtimeMs;
  return madeMs !== undefined && Date.now() >= madeMs && Date.now() - madeMs < reuseForMs;
}

/** Everything that an environment depends on, except the answers of the index. */
function keyOf(requirements: readonly string[], executable: string, options: PipProvisionerOptions): string {
  const { environment, pipArguments = [] } = options;
  const settings = Object.entries(environment).filter(([name]) => name.startsWith('PIP_'));
  const { mtimeMs, size } = statSync(executable, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 };
  const parts = [[...requirements].sort(), executable, mtimeMs, size, pipArguments, settings.sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}

type Run = (python: string, words: readonly string[]) => Promise<ProgramResult>;

/** The command line of a pip that installs into the new environment. */
interface PipCommand {
  readonly python: string;
  readonly words: readonly string[];
}

/** The interpreter's own pip if it can install into another environment; else one in the new environment. */
async function findPip(base: string, python: string, run: Run): Promise<PipCommand> {
  const { status, output } = await run(base, ['-m', 'pip', '--version']);
  const [, major = '0', minor = '0'] = /^pip (\d+)\.(\d+)/m.exec(output) ?? [];
  const [firstMajor, firstMinor] = firstPipForOthers;
  const isNewEnough = Number(major) > firstMajor || (Number(major) === firstMajor && Number(minor) >= firstMinor);
  if (status === 0 && isNewEnough) return { python: base, words: ['-m', 'pip', '--python', python] };
  const ensured = await run(python, ['-m', 'ensurepip']);
  if (ensured.status !== 0) throw failed(`${base} has no pip to install with`, ensured);
  return { python, words: ['-m', 'pip'] };
}

function provided(
  python: string,
  leased: { readonly leaseFd: number | undefined; release(): void },
  install: (wanted: readonly string[]) => Promise<void>,
): ProvidedEnvironment {
  return {
    python,
    binDir: path.dirname(python),
    leaseFd: leased.leaseFd,
    async extend(requirements) {
      await install(requirements);
      // The same directory, which is removed when the first handle is released.
      return { ...provided(python, leased, install), async release() {} };
    },
    async release() {
      leased.release();
    },
  };
}

function failed(what: string, { status, output }: ProgramResult): Pep517Error {
  const log = redactUrls(output).trimEnd().split('\n').slice(-shownLines).join('\n');
  const reason = /^ERROR: (.*)$/m.exec(log)?.[1] ?? `it ended with status ${status ?? 'by a signal'}`;
  return new Pep517Error('PEP517_REQUIREMENTS_FAILED', `${what}: ${reason.replace(/\.$/, '')}.`, {
    hint: 'Check the index and the build requirements of the project.',
    data: { status, log },
  });
}
