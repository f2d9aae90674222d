// `ww list`
import { list as listInstalled } from 'wheelwright';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface ListOptions extends CommonOptions, PlaceFlags {
  readonly format: 'columns' | 'freeze' | 'json';
}

export async function list(options: ListOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const found = (await listInstalled(tool, readPlace(options))).map(({ rawName, version }) => ({
      name: rawName,
      version,
    }));
    output.event({ event: 'list', distributions: found });
    if (options.format === 'json') {
      output.result(JSON.stringify(found));
      return;
    }
    if (options.format === 'freeze') {
      for (const { name, version } of found) output.result(`${name}==${version}`);
      return;
    }
    const width = Math.max(7, ...found.map(({ name }) => name.length));
    output.result(`${'Package'.padEnd(width)} Version`);
    output.result(`${'-'.repeat(width)} -------`);
    for (const { name, version } of found) output.result(`${name.padEnd(width)} ${version}`);
  });
}
