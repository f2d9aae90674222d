// `ww build [SRC…]`: every source for every Python asked for, in one run with one limit on how many hooks run at once.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { buildProjects, type ProjectToBuild, readMetadata, type Tool, WheelwrightError } from 'wheelwright';
import { openAccount } from '../display/build-account.ts';
import { openBuildLogs, writeBuildReport } from '../display/build-records.ts';
import { describeError, failureText } from '../display/describe-error.ts';
import type { Output } from '../display/output.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface BuildCommandOptions extends CommonOptions {
  readonly wheel?: boolean;
  readonly sdist?: boolean;
  readonly outDir?: string;
  readonly python?: readonly string[];
  readonly configSetting?: readonly string[];
  readonly isolation?: boolean;
  readonly buildTimeout?: string;
  readonly jobs?: string;
  readonly logDir?: string;
  readonly report?: string;
  readonly strategy?: 'snapshot' | 'in-place';
  readonly configJson?: string;
  readonly skipDependencyCheck?: boolean;
  readonly buildCache?: boolean;
  readonly rebuild?: boolean;
  readonly explain?: boolean;
  readonly gitignore?: boolean;
  readonly editable?: boolean;
  readonly metadata?: boolean;
  readonly fromTree?: boolean;
  readonly failFast?: boolean;
}

export async function build(sources: readonly string[], options: BuildCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    output.explains = options.explain === true;
    const timeoutMs = positive(options.buildTimeout, '--build-timeout', 1000);
    const jobs = positive(options.jobs, '--jobs', 1) ?? availableParallelism();
    const configSettings = readConfigSettings(options);
    const at = (place: string) => path.resolve(tool.settings.workingDir, place);
    const { outDir, strategy, isolation } = options;
    const asked = sources.flatMap((source) => (options.python ?? [undefined]).map((python) => ({ source, python })));
    const projects = asked.map(({ source, python }): ProjectToBuild => {
      const sourceDir = at(source);
      const isSdist = statSync(sourceDir, { throwIfNoEntry: false })?.isFile() === true;
      return {
        sourceDir,
        outDir: outDir === undefined ? (isSdist ? path.dirname(sourceDir) : path.join(sourceDir, 'dist')) : at(outDir),
        makes: whatToMake(options, isSdist),
        python,
        strategy,
        isolation,
        checksRequirements: options.skipDependencyCheck !== true,
        cache: options.buildCache === false ? 'off' : options.rebuild === true ? 'renew' : 'use',
        ignoredByGit: options.gitignore !== false,
        configSettings,
        timeoutMs,
      };
    });
    if (options.metadata === true) return await printMetadata(tool, projects, output);
    const account = openAccount();
    const logs = options.logDir === undefined ? undefined : openBuildLogs(at(options.logDir), projects);
    const settled = await buildProjects(
      tool,
      projects.map((project, index) => ({ ...project, onLog: logs?.[index]?.add })),
      {
        jobs,
        fromTree: options.fromTree,
        failFast: options.failFast,
        onBuilt(index, result) {
          output.result(result.path);
          const project = projects[index]!;
          account.add(project, { ...result, reused: result.reused && !output.hasBuilt(project.sourceDir) });
        },
      },
    );
    if (projects.length > 1) output.message(account.text(settled));
    for (const [index, ended] of settled.entries())
      logs?.[index]?.end(ended.status === 'rejected' ? ended.reason : undefined);
    if (options.report !== undefined) writeBuildReport(at(options.report), projects, settled, logs);
    throwFirst(projects, settled, output, tool.signal?.aborted === true);
  });
}

/** The metadata of each source as JSON, a list where there are several; with `--json` an event each. */
async function printMetadata(tool: Tool, projects: readonly ProjectToBuild[], output: Output): Promise<void> {
  const found: unknown[] = [];
  for (const { sourceDir, python, configSettings, isolation } of projects) {
    const request = { interpreter: await tool.interpreter(python), configSettings, isolation };
    const { json: metadata } = await readMetadata(tool, { path: sourceDir }, request);
    output.event({ event: 'metadata', source: sourceDir, metadata });
    found.push(metadata);
  }
  output.result(JSON.stringify(found.length === 1 ? found[0] : found, undefined, 2));
}

function whatToMake(options: BuildCommandOptions, isSdist: boolean): ProjectToBuild['makes'] {
  const { sdist = false, wheel = false, editable = false } = options;
  if (editable) return ['editable'];
  if (!sdist && !wheel) return isSdist ? ['wheel'] : ['sdist', 'wheel-of-sdist'];
  return [...(sdist ? (['sdist'] as const) : []), ...(wheel ? (['wheel'] as const) : [])];
}

/** The first failure in the order of the sources becomes the command's. The others are reported before it. */
function throwFirst(
  projects: readonly ProjectToBuild[],
  settled: readonly PromiseSettledResult<unknown>[],
  output: Output,
  isInterrupted: boolean,
): void {
  const failures = settled.flatMap((ended, index) =>
    ended.status === 'rejected' ? [{ error: ended.reason as unknown, source: projects[index]?.sourceDir }] : [],
  );
  // What another failure stopped has nothing to say of its own.
  const [first, ...others] = [
    ...failures.filter(({ error }) => !isStopped(error)),
    ...failures.filter(({ error }) => isStopped(error)).slice(0, 1),
  ];
  if (first === undefined) return;
  // All builds that an interruption stopped have the same message.
  for (const { error, source } of isInterrupted ? [] : others.filter(({ error }) => !isStopped(error))) {
    const { code, hint, data } = isCodedError(error) ? error : {};
    output.event({ event: 'build-failed', source, code, message: describeError(error), hint, data });
    if (!output.json) output.error(failureText(error));
  }
  throw first.error;
}

/** `-C` and `--config-json`; what both name is from `-C`. */
function readConfigSettings({ configSetting, configJson }: BuildCommandOptions) {
  if (configJson === undefined) return parseConfigSettings(configSetting ?? []);
  let value: unknown;
  try {
    value = JSON.parse(configJson);
  } catch (cause) {
    throw new WheelwrightError('WHEELWRIGHT_USAGE', `--config-json is not JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WheelwrightError('WHEELWRIGHT_USAGE', '--config-json is not a JSON object.');
  return { ...(value as Record<string, unknown>), ...parseConfigSettings(configSetting ?? []) };
}

function isStopped(error: unknown): boolean {
  return isCodedError(error) && error.code.endsWith('_ABORTED');
}

function parseConfigSettings(settings: readonly string[]): Record<string, string | string[]> | undefined {
  if (settings.length === 0) return undefined;
  const parsed: Record<string, string | string[]> = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const [key, value] = at < 0 ? [setting, ''] : [setting.slice(0, at), setting.slice(at + 1)];
    const earlier = parsed[key];
    parsed[key] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value];
  }
  return parsed;
}

function positive(text: string | undefined, option: string, unit: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(number > 0)) throw new WheelwrightError('WHEELWRIGHT_USAGE', `${option} is ${text}, not a number above 0.`);
  return number * unit;
}
