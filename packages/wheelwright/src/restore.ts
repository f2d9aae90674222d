// The first half of `repair`: what of the environment itself is lost or damaged, put right from what is left of it.
import { isCodedError } from '@wheelwright/errors';
import { findEnvironmentFaults, restoreEnvironment } from '@wheelwright/installer';
import type { Interpreter, Makeup } from '@wheelwright/python';
import type { RepairOptions, RepairOutcome } from './repair.ts';
import type { Tool } from './tool.ts';
import { waitOptions } from './wait-options.ts';

export type Restored = Pick<RepairOutcome, 'renewed' | 'failed' | 'notes'>;

/** Puts it right, or says what would be. Nothing where there is nothing to do, or no venv. */
export async function restore(tool: Tool, dir: string, { dryRun, command }: RepairOptions): Promise<Restored> {
  const found = findEnvironmentFaults(dir);
  if (found === undefined || found.faults.length === 0) return { renewed: [], failed: [], notes: [] };
  if (dryRun === true) return { renewed: found.faults, failed: [], notes: [] };
  const interpreter = await interpreterOf(tool, found.makeup);
  const { restored, failed, notes } = await restoreEnvironment(dir, {
    ...waitOptions(tool, dir),
    interpreter,
    command,
  });
  return { renewed: restored, failed: failed.map(({ path, reason }) => ({ name: path, version: '', reason })), notes };
}

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
