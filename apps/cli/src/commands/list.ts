// `ww list`, and with `--outdated` what the index has newer.
import { fileURLToPath } from 'node:url';
import { normalizeName } from '@wheelwright/packaging';
import { outdated as findOutdated, list as listInstalled } from 'wheelwright';
import { formatColumns } from '../display/columns.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface ListOptions extends CommonOptions, PlaceFlags {
  readonly format: 'columns' | 'freeze' | 'json';
  readonly outdated?: boolean;
  readonly editable?: boolean;
  readonly pre?: boolean;
  readonly exclude?: readonly string[];
}

/** A row as `--format json` prints it, with pip's names. */
interface Row {
  readonly name: string;
  readonly version: string;
  readonly latest_version?: string;
  readonly editable_project_location?: string;
}

export async function list(options: ListOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const place = readPlace(options);
    const excluded = new Set(options.exclude?.map((name) => normalizeName(name)));
    const all: Row[] =
      options.outdated === true
        ? (await findOutdated(tool, { ...place, prereleases: options.pre })).map(({ name, version, latest }) => ({
            name,
            version,
            latest_version: latest,
          }))
        : (await listInstalled(tool, place))
            .filter(({ editable }) => options.editable === undefined || editable === options.editable)
            .map(({ rawName, version, editable, directUrl }) => ({
              name: rawName,
              version,
              ...(editable && directUrl?.url.startsWith('file:') === true
                ? { editable_project_location: fileURLToPath(directUrl.url) }
                : {}),
            }));
    const rows = all.filter(({ name }) => !excluded.has(normalizeName(name)));
    output.event({ event: 'list', distributions: rows });
    if (options.format === 'json') return output.result(JSON.stringify(rows));
    if (options.format === 'freeze') {
      for (const { name, version } of rows) output.result(`${name}==${version}`);
      return;
    }
    if (rows.length === 0 && options.outdated === true) return output.message('Everything is up to date');
    const hasLatest = options.outdated === true;
    const hasSource = rows.some((row) => row.editable_project_location !== undefined);
    const heads = [
      'Package',
      'Version',
      ...(hasLatest ? ['Latest'] : []),
      ...(hasSource ? ['Editable project location'] : []),
    ];
    const cells = rows.map((row) => [
      row.name,
      row.version,
      ...(hasLatest ? [row.latest_version ?? ''] : []),
      ...(hasSource ? [row.editable_project_location ?? ''] : []),
    ]);
    for (const line of formatColumns(heads, cells)) output.result(line);
  });
}
