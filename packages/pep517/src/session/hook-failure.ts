// Turns the outcome of a failed hook into an error.

import { Pep517Error } from '../pep517-error.ts';
import type { Project } from '../project/project.ts';
import type { HookName, HookOutcome } from '../runner/hook-outcome.ts';
import type { BuildLog } from './build-log.ts';

const tracebackLines = 30;
/** How many lines at the end of the output are searched for a missing file. */
const hintLines = 20;

/** Where a hook failed. */
export interface FailedHook {
  readonly project: Project;
  readonly log: BuildLog;
  /** Whether the hook worked on a copy of the user's tree. */
  readonly isCopy: boolean;
}

/** The messages of the system, Python and compilers about a missing file above the hook's directory. */
const lacksFile = /^(?=.*(?:No such file|does not exist|cannot find|not found)).*\.\.\//im;
const copyHint = `It worked on a copy of the tree. If it needs files outside of the tree, use the strategy 'in-place'.`;

/** The error for an outcome other than `result`. */
export function hookFailure({ project, log, isCopy }: FailedHook, hook: HookName, outcome: HookOutcome): Pep517Error {
  log.flush();
  const backend = backendName(project);
  const data = { path: project.dir, backend, hook };
  switch (outcome.outcome) {
    case 'unavailable':
      return new Pep517Error(
        'PEP517_BACKEND_UNAVAILABLE',
        `The build backend ${backend} of ${project.dir} cannot be imported: ${sentence(log, outcome.error)}`,
        {
          hint: 'Name the package of the backend in [build-system] requires, or correct build-backend or backend-path.',
          data: { ...data, traceback: tail(log, outcome.traceback) },
        },
      );
    case 'raised':
      return new Pep517Error(
        'PEP517_BACKEND_FAILED',
        `${backend} failed in ${hook} of ${project.dir}: ${sentence(log, outcome.error)}`,
        {
          hint:
            isCopy && lacksFile.test(`${outcome.error}\n${log.tail(hintLines)}`)
              ? copyHint
              : 'Read the output of the backend and its traceback.',
          data: { ...data, traceback: tail(log, outcome.traceback) },
        },
      );
    case 'unsupported':
      return new Pep517Error(
        'PEP517_BACKEND_FAILED',
        `${backend} does not support ${hook} of ${project.dir}: ${sentence(log, outcome.error)}`,
        {
          hint: 'Build another kind of artifact, or build from another tree.',
          data: { ...data, unsupported: true, traceback: tail(log, outcome.traceback) },
        },
      );
    case 'missing':
      return new Pep517Error(
        'PEP517_BACKEND_FAILED',
        `${backend}, the build backend of ${project.dir}, has no hook ${hook}.`,
        {
          hint: 'Build another kind of artifact, or require a newer version of the backend.',
          data: { ...data, missing: true },
        },
      );
    default:
      return exitFailure({ project, log, isCopy, hook, data }, outcome);
  }
}

/** The error for a process that ended without a result. */
function exitFailure(
  {
    project,
    hook,
    log,
    isCopy,
    data,
  }: FailedHook & { readonly hook: HookName; readonly data: Record<string, unknown> },
  outcome: Exclude<HookOutcome, { readonly outcome: 'missing' }>,
): Pep517Error {
  const { status, signal, called, error } = outcome.outcome === 'exited' ? outcome : ({} as Partial<Exit>);
  const backend = backendName(project);
  const how = describeExit({ status, signal });
  const said = error === undefined || error === '' ? 'and gave no result.' : `and said: ${sentence(log, error)}`;
  return new Pep517Error('PEP517_NO_RESULT', `${backend} ended ${how} in ${hook} of ${project.dir}, ${said}`, {
    hint: isCopy && lacksFile.test(log.tail(hintLines)) ? copyHint : exitHint({ status, signal, called }),
    data: { ...data, status, signal },
  });
}

type Exit = Extract<HookOutcome, { readonly outcome: 'exited' }>;

function exitHint({ signal, called }: Pick<Exit, 'status' | 'signal' | 'called'>): string {
  if (called !== undefined) return 'The output of the backend says why.';
  if (signal === 9) return 'It was killed, possibly because memory ran out.';
  if (signal !== undefined) return 'It crashed, or another process ended it.';
  return 'It ended its own process, by os._exit or in native code.';
}

/** Checks the result of a get_requires hook. */
export function requirementsFrom(project: Project, hook: HookName, returned: unknown): readonly string[] {
  if (Array.isArray(returned) && returned.every((item) => typeof item === 'string')) return returned;
  throw new Pep517Error(
    'PEP517_BACKEND_FAILED',
    `${backendName(project)} returned ${JSON.stringify(returned)} from ${hook} of ${project.dir}, not a list of strings.`,
    { hint: 'This is a fault of the build backend.', data: { path: project.dir, hook, returned } },
  );
}

/** `module:object`, as pyproject.toml has it. */
export function backendName({ backend }: Project): string {
  return backend.object === undefined ? backend.module : `${backend.module}:${backend.object}`;
}

function describeExit({ status, signal }: { status?: number | undefined; signal?: number | undefined }): string {
  if (signal !== undefined) return `by signal ${signal}`;
  return status === undefined ? 'abruptly' : `with status ${status}`;
}

function sentence(log: BuildLog, text: string): string {
  const line = log.translate(text).split('\n', 1)[0]!.trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function tail(log: BuildLog, traceback: string): string {
  return log.translate(traceback).trimEnd().split('\n').slice(-tracebackLines).join('\n');
}
