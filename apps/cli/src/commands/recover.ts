// `ww recover`
import { type DiscardedWork, exitCodes, recover as recoverEnvironment } from 'wheelwright';
import type { Output } from '../display/output.ts';
import { count } from '../display/units.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function recover(options: CommonOptions & PlaceFlags & { readonly discard?: boolean }): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const report = await recoverEnvironment(tool, { ...readPlace(options), discard: options.discard });
    const { finished, undone, removed, inPlace, changed = [], others, discarded } = report;
    output.event({ event: 'recovery', ...report });
    if (finished !== undefined) output.result(`finished generation ${finished}`);
    if (inPlace !== undefined) {
      output.result(
        inPlace === 'rolled-forward'
          ? `finished a change of ${count(changed.length, 'path')}`
          : inPlace === 'tidied'
            ? 'removed what a finished change had left; the change stands'
            : 'undid a change that was not decided',
      );
      // Content that another program had written is reported as in a change that finds it.
      for (const { path, keptAt } of others?.displaced ?? []) output.result(`kept ${path} as ${keptAt}`);
      for (const path of others?.left ?? []) output.result(`left ${path}, which another program changed`);
      for (const path of others?.takenOut ?? []) output.result(`missed ${path}, which another program removed`);
      return others === undefined ? exitCodes.done : exitCodes.conflict;
    }
    if (discarded !== undefined) tellDiscarded(discarded, output);
    for (const generation of undone) output.result(`undid generation ${generation}`);
    for (const file of removed) output.result(`removed ${file}`);
    if (finished === undefined && discarded === undefined && undone.length + removed.length === 0)
      output.result('nothing to recover');
    return exitCodes.done;
  });
}

const states = {
  before: 'as it was before',
  after: 'as the change wanted it',
  gone: 'gone',
  other: 'what another program put there',
} as const;

function tellDiscarded({ keptAt, paths }: DiscardedWork, output: Output): void {
  output.result(`gave the change up; all of it is kept in ${keptAt}`);
  if (paths === undefined) output.result('its journal does not say which paths it was about');
  for (const { path, state, kept } of paths ?? []) {
    const other =
      kept.length === 0 ? '' : `; its other side is kept as ${kept.map((name) => `${keptAt}/${name}`).join(', ')}`;
    output.result(`${path} is ${states[state]}${other}`);
  }
  if (!output.json)
    output.message('Run `ww verify`: where a part of the change is in place, `ww repair` makes the rest fit.');
}
