// `ww repair`
import { exitCodes, repair as repairEnvironment } from 'wheelwright';
import { count } from '../display/units.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

const places = {
  store: 'from the store',
  origin: 'from where it came',
  index: 'from the index',
  'same-version': 'another wheel of the same version',
} as const;

export async function repair(
  options: CommonOptions & { readonly python?: string; readonly dryRun?: boolean },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const dryRun = options.dryRun === true;
    const outcome = await repairEnvironment(tool, { environment: options.python, dryRun, command: 'ww repair' });
    const { path: environment, repaired, discarded, renewed, failed, left, notes, change, restoredIn } = outcome;
    const account = { repaired, discarded, renewed, failed, left, notes };
    output.event({
      event: 'repaired',
      environment,
      dryRun,
      generation: change?.generation ?? restoredIn,
      ...account,
    });
    const did = (past: string, would: string) => (dryRun ? `would ${would}` : past);
    for (const { name, version, foundIn, problems } of repaired)
      output.result(
        `${did('repaired', 'repair')} ${name} ${version} (${places[foundIn]}): ${count(problems.length, 'problem')}`,
      );
    for (const path of discarded) output.result(`${did('removed', 'remove')} ${path}`);
    for (const { path } of renewed) output.result(`${did('made', 'make')} ${path} again`);
    for (const note of output.json ? [] : notes) output.message(`note: ${note}`);
    for (const { path } of left) output.result(`left ${path}: it belongs to no distribution`);
    for (const { name, version, reason } of failed)
      output.error(`ww: ${`${name} ${version}`.trimEnd()} cannot be repaired: ${reason}`);
    if (failed.length > 0) {
      if (failed.some(({ version }) => version !== ''))
        output.error('    Name an index or links that have them, or install them again from where they came.');
      return exitCodes.conflict;
    }
    if (repaired.length + discarded.length + renewed.length + left.length === 0) output.result('nothing to repair');
    return exitCodes.done;
  });
}
