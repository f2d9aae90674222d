// What `ww build` leaves to read: a log per source (`--log-dir`), written line by line so that a build that hangs can be
// looked at, and one report of all (`--report`).
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { exitCodeOf, type ProjectToBuild } from 'wheelwright';
import { describeError } from './describe-error.ts';

type Settled = PromiseSettledResult<readonly Readonly<Record<'path' | 'sha256' | 'name' | 'version', string>>[]>;

/** The log of one source, empty at first. */
export interface BuildLogFile {
  readonly path: string;
  add(line: string): void;
  /** Ends it, with what the build failed on. */
  end(error: unknown): void;
}

/** One for each, named for its source, and numbered where several have one name. */
export function openBuildLogs(dir: string, projects: readonly ProjectToBuild[]): BuildLogFile[] {
  mkdirSync(dir, { recursive: true });
  const taken = new Set<string>();
  return projects.map(({ sourceDir }) => {
    const base = path.basename(sourceDir);
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
    taken.add(name);
    return openBuildLog(path.join(dir, `${name}.log`));
  });
}

function openBuildLog(logPath: string): BuildLogFile {
  closeSync(openSync(logPath, 'w'));
  // Opened by the first line and closed at the end: of many sources few are built at a time.
  let fd: number | undefined;
  const add = (line: string) => {
    fd ??= openSync(logPath, 'a');
    writeSync(fd, `${line}\n`);
  };
  return {
    path: logPath,
    add,
    end(error) {
      if (error !== undefined) {
        const traceback = isCodedError(error) ? error.data?.traceback : undefined;
        if (typeof traceback === 'string') add(traceback);
        add(describeError(error));
      }
      if (fd !== undefined) closeSync(fd);
    },
  };
}

/** All builds in the order in which they were asked for, as JSON. */
export function writeBuildReport(
  reportPath: string,
  projects: readonly ProjectToBuild[],
  settled: readonly Settled[],
  logs: readonly BuildLogFile[] | undefined,
): void {
  const builds = projects.map(({ sourceDir: source, python }, index) => {
    const ended = settled[index]!;
    const about = { source, python, log: logs?.[index]?.path };
    if (ended.status === 'fulfilled')
      return {
        ...about,
        outcome: 'built',
        artifacts: ended.value.map(({ path, sha256, name, version }) => ({ path, sha256, name, version })),
      };
    const { code, hint, data } = isCodedError(ended.reason) ? ended.reason : {};
    const output = { output: data?.log, traceback: data?.traceback, outputPath: data?.logPath };
    const error = { code, message: describeError(ended.reason), hint, exitCode: exitCodeOf(ended.reason), ...output };
    return { ...about, outcome: 'failed', error };
  });
  writeFileSync(reportPath, `${JSON.stringify({ version: 1, builds }, undefined, 2)}\n`);
}
