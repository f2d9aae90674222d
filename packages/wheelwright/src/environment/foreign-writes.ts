// Installers that know nothing of packages shared by environments, and as root are kept out by nothing: what they did
// there is said by whoever reads, and undone, for all who lead there, by whoever changes something.
import { changeEnvironment, findSharedWrites, type SharedWrites } from '@wheelwright/installer';
import type { Environment } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { waitOptions } from './change-defaults.ts';

const wayOut = 'Install with ww; or give the environment its own packages first, with `ww venv --export`.';

/** Before something is read: what another program wrote is in what is read. */
export function tellGuests(tool: Tool, { dir, kind }: Environment): void {
  const writes = kind === 'own' ? findSharedWrites(dir) : undefined;
  if (writes === undefined) return;
  const text = `${describe(writes)}. The next change by ww undoes that. ${wayOut}`;
  tool.onEvent({ event: 'warning', text });
}

/** Before a change is thought about: it starts from what the environment is to hold, not from what was done to it. */
export async function undoGuests(tool: Tool, { dir, kind }: Environment): Promise<void> {
  if (kind !== 'own' || findSharedWrites(dir) === undefined) return;
  await changeEnvironment(dir, { add: [], remove: [] }, { ...waitOptions(tool, dir), command: 'ww' });
}

/** The sentence about what was undone. */
export function describeRestored(undone: SharedWrites): string {
  return `${describe(undone)}. That was undone. ${wayOut}`;
}

function describe({ environmentDir, written, taken, directories }: SharedWrites): string {
  const texts = [
    written.length > 0 ? `installed ${listOf(written)}` : '',
    taken.length > 0 ? `took away ${listOf(taken)}` : '',
  ].filter((text) => text !== '');
  const what = texts.length > 0 ? texts.join(' and ') : `changed ${directories.join(', ')}`;
  return `Another program wrote into what ${environmentDir} shares with other environments: it ${what}`;
}

function listOf(distributions: readonly { readonly name: string; readonly version: string }[]): string {
  return distributions.map(({ name, version }) => `${name} ${version}`).join(', ');
}
