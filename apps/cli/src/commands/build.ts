// `ww build [SRC…]`: every tree for every Python asked for, with one limit on how many run at once.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { buildProject, buildThroughSdist, WheelwrightError } from 'wheelwright';
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
  readonly strategy?: 'snapshot' | 'in-place';
}

export async function build(sources: readonly string[], options: BuildCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const timeoutMs = positive(options.buildTimeout, '--build-timeout', 1000);
    const jobs = positive(options.jobs, '--jobs', 1) ?? availableParallelism();
    const pythons = options.python ?? [undefined];
    const builds = sources.flatMap((source) =>
      pythons.map((python) => ({ sourceDir: path.resolve(tool.settings.workingDir, source), python })),
    );
    const configSettings = parseConfigSettings(options.configSetting ?? []);
    const failures: unknown[] = [];
    const queue = [...builds];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          const { sourceDir, python } = next;
          const isSdist = statSync(sourceDir, { throwIfNoEntry: false })?.isFile() === true;
          const besides = isSdist ? path.dirname(sourceDir) : path.join(sourceDir, 'dist');
          const common = {
            sourceDir,
            outDir: options.outDir === undefined ? besides : path.resolve(tool.settings.workingDir, options.outDir),
            interpreter: await tool.interpreter(python),
            strategy: options.strategy,
            configSettings,
            timeoutMs,
            isolation: options.isolation,
          };
          const results = [];
          if (isSdist || options.sdist === true || options.wheel === true) {
            if (options.sdist === true) results.push(await buildProject(tool, { ...common, kind: 'sdist' }));
            if (options.wheel === true || options.sdist !== true)
              results.push(await buildProject(tool, { ...common, kind: 'wheel' }));
          } else results.push(...(await buildThroughSdist(tool, common)));
          for (const result of results) output.result(result.path);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(jobs, builds.length) }, worker));
    if (failures.length > 0)
      throw failures.length === 1 ? failures[0] : withOthers(failures, output.error.bind(output));
  });
}

/** The first failure is the command's; the others are told before it. */
function withOthers(failures: readonly unknown[], tell: (text: string) => void): unknown {
  for (const failure of failures.slice(1)) tell(`ww: ${failure instanceof Error ? failure.message : String(failure)}`);
  return failures[0];
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
