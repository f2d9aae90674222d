// `ww cache dir|size|verify|prune|clean|push|pull|stats`
import {
  cacheSize,
  cleanCache,
  exitCodes,
  pruneCache,
  pullWheels,
  pushWheels,
  remoteFigures,
  type Tool,
  verifyCache,
  WheelwrightError,
} from 'wheelwright';
import type { Output } from '../display/output.ts';
import { count, megabytes } from '../display/units.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

const dayMs = 24 * 3600 * 1000;

export interface CacheCommandOptions extends CommonOptions {
  readonly unusedFor?: string;
  readonly requirement?: readonly string[];
  readonly lock?: string;
  readonly python?: string;
  readonly pack?: boolean;
  readonly verify?: boolean;
}

export async function cache(
  action: string,
  requirements: readonly string[],
  options: CacheCommandOptions,
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const wheels = { requirements, requirementFiles: options.requirement, lock: options.lock, python: options.python };
    if (action === 'push') return push(tool, output, { ...wheels, pack: options.pack, verify: options.verify });
    if (action === 'pull') return pull(tool, output, wheels);
    if (requirements.length > 0)
      throw new WheelwrightError('WHEELWRIGHT_USAGE', `ww cache ${action} takes no requirements.`);
    if (action === 'stats') return printFigures(tool, output);
    if (action === 'dir') return output.result(tool.settings.storeDir);
    if (action === 'size') {
      output.message(await tool.storeDir());
      return printSize(await cacheSize(tool), output);
    }
    if (action === 'verify') {
      const { checked, faults } = await verifyCache(tool);
      output.event({ event: 'cache-verified', checked, faults });
      for (const { entry, path, fault } of faults) output.result(`${fault} ${entry} ${path}`.trimEnd());
      output.result(
        faults.length === 0
          ? `${checked} entries are sound`
          : `${count(faults.length, 'fault')}; what is damaged is filled again when it is wanted`,
      );
      return faults.length === 0 ? exitCodes.done : exitCodes.conflict;
    }
    const report =
      action === 'clean'
        ? await cleanCache(tool)
        : await pruneCache(tool, { unusedForMs: readDays(options.unusedFor) });
    output.event({ event: 'cache-pruned', ...report });
    output.result(`removed ${report.removed.length}, in use ${report.inUse.length}`);
  });
}

function printSize(size: Awaited<ReturnType<typeof cacheSize>>, output: Output): void {
  output.event({ event: 'cache-size', ...size });
  for (const [part, { entries, bytes }] of Object.entries(size))
    output.result(`${part.padEnd(12)} ${String(entries).padStart(6)}  ${megabytes(bytes).padStart(12)}`);
}

function readDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (!(days >= 0)) throw new WheelwrightError('WHEELWRIGHT_USAGE', `--unused-for is ${text}, not a number of days.`);
  return days * dayMs;
}

async function push(tool: Tool, output: Output, options: Parameters<typeof pushWheels>[1]): Promise<number> {
  const { stored, present, skipped, packed } = await pushWheels(tool, options);
  output.event({ event: 'cache-pushed', stored, present, skipped, packed });
  for (const filename of stored) output.result(`stored ${filename}`);
  for (const filename of skipped) output.result(`skipped ${filename}`);
  const wheels = stored.filter((filename) => filename.endsWith('.whl')).length;
  const sdists = stored.length === wheels ? '' : ` and ${count(stored.length - wheels, 'sdist')}`;
  output.result(
    `${count(wheels, 'wheel')}${sdists} stored, ${present.length} there already, ${skipped.length} skipped${packed ? ', and a pack' : ''}`,
  );
  return exitCodes.done;
}

async function pull(tool: Tool, output: Output, options: Parameters<typeof pullWheels>[1]): Promise<number> {
  const { wheels, stats } = await pullWheels(tool, options);
  output.event({ event: 'cache-pulled', wheels: wheels.length, hits: stats.hits, misses: stats.misses });
  output.result(`${count(wheels.length, 'wheel')} in the store, ${stats.hits} fetched from the remote`);
  return exitCodes.done;
}

async function printFigures(tool: Tool, output: Output): Promise<number> {
  const { remote, stats } = await remoteFigures(tool);
  output.event({ event: 'cache-stats', remote, ...stats });
  output.result(remote);
  for (const [name, value] of Object.entries(stats)) output.result(`${name.padEnd(14)} ${String(value).padStart(12)}`);
  if (Object.keys(stats).length === 0) output.result('nothing so far');
  return exitCodes.done;
}
