// Build environments by the interpreter's own venv and pip, for those who use this package without the rest: a fresh one
// for each build, removed with it. Slower than the provisioner of the umbrella, which makes each environment once.
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import { Pep517Error } from './pep517-error.ts';
import type { ProvidedEnvironment, Provisioner } from './ports.ts';
import { type ProgramResult, runProgram } from './runner/run-program.ts';
import { makeLeasedDirectory, sweepLeasedDirectories } from './session/leased-directory.ts';

/** Where environments are made, and what pip is told. */
export interface PipProvisionerOptions {
  /** Where the environments live for as long as they are used, absolute. */
  readonly environmentsDir: string;
  /** The variables that pip sees: its configuration and index among them. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Further words for `pip install`, such as `['--no-index', '--find-links', dir]`. */
  readonly pipArguments?: readonly string[] | undefined;
}

const prefix = '.environment';
/** The first pip that installs into another environment than its own. */
const firstPipForOthers = [22, 3] as const;
const installWords = ['install', '--no-input', '--no-warn-script-location', '--disable-pip-version-check'];
const shownLines = 30;

/** A provisioner. Its `provide` throws PEP517_REQUIREMENTS_FAILED, with what pip said in `data.log`. */
export function createPipProvisioner(options: PipProvisionerOptions): Provisioner {
  const environment = { ...options.environment };
  for (const name of ['PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__', 'PIP_TARGET', 'PIP_PREFIX']) {
    delete environment[name];
  }
  return {
    async provide(requirements, interpreter, { signal }) {
      mkdirSync(options.environmentsDir, { recursive: true });
      const parentDir = realpathSync(options.environmentsDir);
      await sweepLeasedDirectories(parentDir, prefix);
      const leased = await makeLeasedDirectory(parentDir, prefix);
      const run = (python: string, words: readonly string[]) =>
        runProgram(python, words, { environment, cwd: leased.dir, signal });
      const environmentDir = path.join(leased.dir, 'env');
      const python = path.join(environmentDir, 'bin', 'python');
      try {
        const made = await run(interpreter.executable, ['-m', 'venv', '--without-pip', environmentDir]);
        if (made.status !== 0) throw failed(`${interpreter.executable} made no virtual environment`, made);
        let pip: PipCommand | undefined;
        const install = async (wanted: readonly string[]) => {
          if (wanted.length === 0) return;
          pip ??= await findPip(interpreter.executable, python, run);
          const words = [...pip.words, ...installWords, ...(options.pipArguments ?? []), '--', ...wanted];
          const installed = await run(pip.python, words);
          if (installed.status !== 0) throw failed(`pip did not install ${wanted.join(', ')}`, installed);
        };
        await install(requirements);
        return provided(python, leased, install);
      } catch (error) {
        leased.release();
        throw error;
      }
    },
  };
}

type Run = (python: string, words: readonly string[]) => Promise<ProgramResult>;

/** The program and words that run a pip for the new environment. */
interface PipCommand {
  readonly python: string;
  readonly words: readonly string[];
}

/** The interpreter's own pip, where it can install into another environment; else one in the new environment. */
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
      // The same directory: it goes when the first is released.
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
    hint: 'Look at the index and at what the project requires for its build.',
    data: { status, log },
  });
}
