// The first half of `repair`: what of the environment itself is lost or damaged, put right from what is left of it.
import { isCodedError } from '@wheelwright/errors';
import { findEnvironmentFaults, restoreEnvironment } from '@wheelwright/installer';
import type { Interpreter, Makeup } from '@wheelwright/python';
import { waitOptions } from '../environment/change-defaults.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';
import type { RepairOptions, RepairOutcome } from './repair-outcome.ts';

export type Restored = Pick<RepairOutcome, 'renewed' | 'failed' | 'notes' | 'restoredIn'>;

/** Puts it right, or says what would be. Nothing where there is nothing to do, or no venv. */
export async function restore(tool: Tool, dir: string, { dryRun, command }: RepairOptions): Promise<Restored> {
  const found = findEnvironmentFaults(dir);
  if (found === undefined || found.faults.length === 0) return { ...nothing };
  if (dryRun === true) return { ...nothing, renewed: found.faults };
  const started = Date.now();
  const interpreter = await interpreterOf(tool, found.makeup);
  const { restored, failed, notes, generation } = await restoreEnvironment(dir, {
    ...waitOptions(tool, dir),
    interpreter,
    command,
  });
  tellCommitted(tool, dir, { committed: generation !== undefined, generation }, started);
  return {
    renewed: restored,
    failed: failed.map(({ path, reason }) => ({ name: path, version: '', reason })),
    notes,
    restoredIn: generation,
  };
}

const nothing: Restored = { renewed: [], failed: [], notes: [], restoredIn: undefined };

/** The one that it was made for; where nothing leads there any more, the first of its version. */
async function interpreterOf(tool: Tool, { executable, version }: Makeup): Promise<Interpreter | undefined> {
  const request = executable ?? version?.split('.').slice(0, 2).join('.');
  try {
    return request === undefined ? undefined : await tool.interpreter(request);
  } catch (error) {
    if (isCodedError(error)) return undefined; // what needs one is told as not put right
    throw error;
  }
}
