// Other installers do not know that environments share packages, and file permissions do not stop root. Commands that read
// an environment report such writes; commands that change it undo them, for all environments of the shared generation.
import { changeEnvironment, findSharedWrites } from '@wheelwright/installer';
import type { Environment } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { waitOptions } from './change-defaults.ts';
import { describeWrites, wayOut } from './describe-writes.ts';

/** Called before an environment is read: the result includes what another program wrote. */
export function tellGuests(tool: Tool, { dir, kind }: Environment): void {
  const writes = kind === 'own' ? findSharedWrites(dir) : undefined;
  if (writes === undefined) return;
  const text = `${describeWrites(writes)}. The next change with ww undoes that. ${wayOut}`;
  tool.onEvent({ event: 'warning', text });
}

/** Called before a change is planned, so that the plan starts from the packages that the environment should hold. */
export async function undoGuests(tool: Tool, { dir, kind }: Environment): Promise<void> {
  if (kind !== 'own' || findSharedWrites(dir) === undefined) return;
  await changeEnvironment(dir, { add: [], remove: [] }, { ...waitOptions(tool, dir), command: 'ww' });
}
