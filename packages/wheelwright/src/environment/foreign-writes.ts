// Installers that know nothing of packages shared by environments, and as root are kept out by nothing: what they did
// there is said by whoever reads, and undone, for all who lead there, by whoever changes something.
import { changeEnvironment, findSharedWrites } from '@wheelwright/installer';
import type { Environment } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { waitOptions } from './change-defaults.ts';
import { describeWrites, wayOut } from './describe-writes.ts';

/** Before something is read: what another program wrote is in what is read. */
export function tellGuests(tool: Tool, { dir, kind }: Environment): void {
  const writes = kind === 'own' ? findSharedWrites(dir) : undefined;
  if (writes === undefined) return;
  const text = `${describeWrites(writes)}. The next change by ww undoes that. ${wayOut}`;
  tool.onEvent({ event: 'warning', text });
}

/** Before a change is thought about: it starts from what the environment is to hold, not from what was done to it. */
export async function undoGuests(tool: Tool, { dir, kind }: Environment): Promise<void> {
  if (kind !== 'own' || findSharedWrites(dir) === undefined) return;
  await changeEnvironment(dir, { add: [], remove: [] }, { ...waitOptions(tool, dir), command: 'ww' });
}
