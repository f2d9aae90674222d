// The first half of `repair`: restores lost or damaged parts of the environment itself from what is left of it.
import { isCodedError } from '@wheelwright/errors';
import { findEnvironmentFaults, restoreEnvironment } from '@wheelwright/installer';
import type { Interpreter, Makeup } from '@wheelwright/python';
import { waitOptions } from '../environment/change-defaults.ts';
import { tellCommitted } from '../tool/events.ts';
import type { Tool } from '../tool/tool.ts';
import type { RepairOptions, RepairOutcome } from './repair-outcome.ts';

export type Restored = Pick<RepairOutcome, 'renewed' | 'failed' | 'notes' | 'restoredIn'>;

/** Restores the environment itself, or reports what would be restored. Does nothing for an intact environment or if it is not a venv. */
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

/** The interpreter that the environment was made for; if it no longer exists, the first of the same version. */
async function interpreterOf(tool: Tool, { executable, version }: Makeup): Promise<Interpreter | undefined> {
  const request = executable ?? version?.split('.').slice(0, 2).join('.');
  try {
    return request === undefined ? undefined : await tool.interpreter(request);
  } catch (error) {
    if (isCodedError(error)) return undefined; // Parts that need an interpreter are reported as not restored.
    throw error;
  }
}
