// What it means for a build that a hook did not give a result.

import { Pep517Error } from '../pep517-error.ts';
import type { Project } from '../project/project.ts';
import type { HookName, HookOutcome } from '../runner/hook-outcome.ts';
import type { BuildLog } from './build-log.ts';

const tracebackLines = 30;
const logLines = 40;

/** The error for an outcome other than `result`. */
export function hookFailure(project: Project, hook: HookName, outcome: HookOutcome, log: BuildLog): Pep517Error {
  log.flush();
  const backend = backendName(project);
  const data = { path: project.dir, backend, hook, log: log.tail(logLines) };
  switch (outcome.outcome) {
    case 'unavailable':
      return new Pep517Error(
        'PEP517_BACKEND_UNAVAILABLE',
        `The build backend ${backend} of ${project.dir} cannot be imported: ${sentence(log, outcome.error)}`,
        {
          hint: 'Name in [build-system] requires what provides the backend, or correct build-backend or backend-path.',
          data: { ...data, traceback: tail(log, outcome.traceback) },
        },
      );
    case 'raised':
      return new Pep517Error(
        'PEP517_BACKEND_FAILED',
        `${backend} failed in ${hook} of ${project.dir}: ${sentence(log, outcome.error)}`,
        {
          hint: 'The log and the traceback say what the backend did not like.',
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
    default: {
      const how = outcome.outcome === 'exited' ? describeExit(outcome) : 'without a word';
      return new Pep517Error(
        'PEP517_NO_RESULT',
        `${backend} ended ${how} in ${hook} of ${project.dir}, and gave no result.`,
        {
          hint: 'It called sys.exit, was killed, or crashed in native code; the log may tell.',
          data: {
            ...data,
            ...(outcome.outcome === 'exited' ? { status: outcome.status, signal: outcome.signal } : {}),
          },
        },
      );
    }
  }
}

/** What a get_requires hook returned, if it is what it should be. */
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
