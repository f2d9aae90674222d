// The check `imports`: every new distribution of a staged environment can be imported, in a process of its own.

import path from 'node:path';
import { createFile, type Fs, nodeFs, readText } from '@wheelwright/atomic-fs';
import { InstallError } from '../model/install-error.ts';
import type { StagedEnvironment } from '../model/ports.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import { type RunCheckProgramOptions, refuseOutcome, runInShadow } from './check-command.ts';
import { importNames } from './import-names.ts';
import { importsScript } from './imports-script.ts';

/** How {@link checkImports} runs. */
export interface CheckImportsOptions extends RunCheckProgramOptions {
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** A name that could not be imported. */
export interface ImportFailure {
  /** The distribution that offers the name. */
  readonly distribution: string;
  /** Of a module or package, dotted. */
  readonly name: string;
  /** The last line of the traceback. */
  readonly error: string;
  /** The traceback, from the frame of the package on; its last 4,000 characters. */
  readonly traceback: string;
}

/** Imports the modules that the new wheels of `staged` offer. Throws INSTALL_CHECK_FAILED; `data.failures` has every {@link ImportFailure}. */
export async function checkImports(staged: StagedEnvironment, options: CheckImportsOptions): Promise<void> {
  const { shadow, added } = staged;
  const wanted = added.map((wheel) => [wheel.name, namesOf(wheel, staged.sitePackagesDir)] as const);
  const some = wanted.filter(([, names]) => names.length > 0);
  if (some.length === 0) return;
  const cwd = shadow.scratchDir;
  const [task, answer] = [path.join(cwd, 'imports.json'), path.join(cwd, 'failures.json')];
  createFile(task, JSON.stringify(some), { fs: options.fs ?? nodeFs });
  // -I: the caller's directory and variables do not decide what is imported. -B: no byte-code is written.
  const words = [
    shadow.python,
    '-I',
    '-B',
    '-c',
    importsScript,
    task,
    answer,
    ...(shadow.isTarget ? [shadow.dir] : []),
  ];
  const outcome = await runInShadow(staged, words, { ...options, cwd });
  const told = readText(answer);
  if (outcome.status !== 0 || outcome.timedOut || told === undefined) {
    refuseOutcome('the import check', outcome, options.timeoutMs);
  }
  const failures = parseFailures(told);
  if (failures.length > 0) refuseImports(failures);
}

function namesOf({ distInfoDir, files, dataDir }: WheelTree, sitePackagesDir: string): readonly string[] {
  const text = (name: string) => readText(path.join(sitePackagesDir, distInfoDir, name));
  const inSite = files.flatMap(({ path: file }) => {
    if (!file.startsWith(`${dataDir}/`)) return [file];
    const match = /^[^/]+\/(?:purelib|platlib)\/(.+)$/.exec(file);
    return match === null ? [] : [match[1]!];
  });
  const topLevelText = text('top_level.txt');
  return importNames({ metadataText: text('METADATA') ?? '', files: inSite, topLevelText });
}

function parseFailures(text: string): ImportFailure[] {
  return (JSON.parse(text) as string[][]).map(([distribution, name, error, traceback]) => ({
    distribution: distribution!,
    name: name!,
    error: error!,
    traceback: traceback!,
  }));
}

function refuseImports(failures: readonly ImportFailure[]): never {
  const listed = failures.slice(0, 5).map(({ distribution, name, error }) => {
    const whose = distribution === name ? '' : ` (of ${distribution})`;
    return `${name}${whose} cannot be imported: ${error}`;
  });
  const more = failures.length > listed.length ? [`${failures.length - listed.length} more`] : [];
  throw new InstallError('INSTALL_CHECK_FAILED', `${[...listed, ...more].join('; ')}.`, { data: { failures } });
}
