// `ww cache dir|size|verify|prune|clean`
import { cacheSize, cleanCache, exitCodes, pruneCache, verifyCache, WheelwrightError } from 'wheelwright';
import { count, type Output } from '../display/output.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

const dayMs = 24 * 3600 * 1000;

export async function cache(action: string, options: CommonOptions & { readonly unusedFor?: string }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    if (action === 'dir') return output.result(tool.settings.storeDir);
    if (action === 'size') return printSize(await cacheSize(tool), output);
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
    output.result(`${part.padEnd(12)} ${String(entries).padStart(6)}  ${(bytes / 1e6).toFixed(1).padStart(9)} MB`);
}

function readDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (!(days >= 0)) throw new WheelwrightError('WHEELWRIGHT_USAGE', `--unused-for is ${text}, not a number of days.`);
  return days * dayMs;
}
