// Saves the complete output of a failed build as a file in a directory of logs, and deletes old logs there.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { Pep517Error } from '../pep517-error.ts';
import type { Project } from '../project/project.ts';
import type { BuildLog } from './build-log.ts';

/** How much of the output an error carries, in lines. */
const tailLines = 20;
/** How many logs of failed builds remain in the directory. */
const keptLogs = 100;
/** The prefix of the names of builds' private directories. */
const areaPrefix = '.build-';
const logName = /^\d{8}T\d{6}-.*\.log$/;

/**
 * The same error with the end of the output as `data.log`. With a `logsDir`, the complete output and the traceback are in
 * the file `data.logPath`. Errors that do not come from the build pass unchanged.
 */
export function withLog(error: unknown, project: Project, log: BuildLog, logsDir: string | undefined): unknown {
  if (!(error instanceof Pep517Error) || error.code === 'PEP517_ABORTED') return error;
  const { code, message, hint, cause, data } = error;
  const file = log.close();
  const tail = log.tail(tailLines);
  const { traceback } = data;
  const logPath = logsDir === undefined || file === undefined ? undefined : keep(file, project, logsDir, traceback);
  return new Pep517Error(code, message, { hint, cause, data: { ...data, log: tail, logPath } });
}

function keep(file: string, project: Project, logsDir: string, traceback: unknown): string | undefined {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const target = path.join(
    logsDir,
    `${stamp}-${path.basename(project.dir)}-${path.basename(path.dirname(file)).slice(areaPrefix.length)}.log`,
  );
  try {
    mkdirSync(logsDir, { recursive: true });
    if (typeof traceback === 'string') writeFileSync(file, `${traceback.trimEnd()}\n`, { flag: 'a' });
    renameSync(file, target);
    const logs = readdirSync(logsDir).filter((name) => logName.test(name));
    for (const name of logs.sort().slice(0, -keptLogs)) rmSync(path.join(logsDir, name), { force: true });
    return target;
  } catch (error) {
    // A failure to save the log must not hide the error of the build.
    if (isErrno(error)) return undefined;
    throw error;
  }
}
