// `ww show NAME…`
import { type ShownDistribution, show as showInstalled } from 'wheelwright';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function show(
  names: readonly string[],
  options: CommonOptions & PlaceFlags & { readonly files?: boolean },
): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const shown = await showInstalled(tool, { ...readPlace(options), names });
    for (const [at, distribution] of shown.entries()) {
      output.event({ event: 'distribution', ...distribution });
      if (at > 0) output.result('---');
      for (const line of describe(distribution, options.files === true)) output.result(line);
    }
  });
}

/** The fields as `pip show` names them. */
function describe(shown: ShownDistribution, withFiles: boolean): string[] {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Name', shown.name],
    ['Version', shown.version],
    ['Summary', shown.summary],
    ['Home-page', shown.homePage],
    ['Author', shown.author],
    ['Author-email', shown.authorEmail],
    ['License', shown.license?.split('\n')[0]],
    ['Location', shown.location],
    ['Editable project location', shown.editableProjectLocation],
    ['Installer', shown.installer],
    ['Requires', shown.requires.join(', ')],
    ['Required-by', shown.requiredBy.join(', ')],
  ];
  const lines = fields.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}`.trimEnd());
  if (!withFiles) return lines;
  if (shown.files === undefined) return [...lines, 'Files: not known, for it has no RECORD'];
  return [...lines, 'Files:', ...shown.files.map((file) => `  ${file}`)];
}
