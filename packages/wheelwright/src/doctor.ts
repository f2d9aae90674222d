// `doctor`: what is wrong with an environment and around it, and what to do; it changes nothing. One examination each;
// what one of them cannot look at keeps the others from nothing.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isCodedError } from '@wheelwright/errors';
import { type Environment, environmentPaths, type Interpreter, parseGenerationTarget } from '@wheelwright/python';
import {
  examineFiles,
  examineInterpreter,
  examineKept,
  examinePlace,
  examineRequirements,
  examineWork,
} from './examine-environment.ts';
import { examineLinks, examineNativeCalls, examineStore, examineVariables } from './examine-surroundings.ts';
import type { Finding } from './finding.ts';
import type { Tool } from './tool.ts';

export interface Diagnosis {
  /** undefined where it cannot even be read; a finding says why. */
  readonly environment: Environment | undefined;
  /** Problems first. */
  readonly findings: readonly Finding[];
}

/** Looks at everything. Throws ENVIRONMENT_NOT_FOUND where there is nothing to look at. */
export async function doctor(
  tool: Tool,
  options: { readonly environment?: string | undefined } = {},
): Promise<Diagnosis> {
  const { environment, findings } = readPatient(tool, options.environment);
  findings.push(...(await examineStore(tool, environment)), ...examineNativeCalls());
  if (environment !== undefined) {
    const interpreter = await findPatientsInterpreter(tool, environment);
    const examinations: (() => Finding[] | Promise<Finding[]>)[] = [
      () => examineInterpreter(environment, interpreter),
      () => examineWork(environment),
      () => examineKept(environment),
      () => examineFiles(environment),
      () => (interpreter === undefined ? [] : examineRequirements(environment, interpreter)),
      () => examinePlace(environment),
      () => examineLinks(tool.settings, environment),
      () => examineVariables(tool.settings, environment),
    ];
    for (const examine of examinations) findings.push(...(await told(examine)));
  }
  const rank = ({ severity }: Finding) => (severity === 'problem' ? 0 : 1);
  return { environment, findings: [...findings].sort((a, b) => rank(a) - rank(b)) };
}

/** A failure of an examination is a finding too: something that every other command would trip over. */
async function told(examine: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await examine();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return [fromError(error)];
  }
}

function readPatient(
  tool: Tool,
  explicit: string | undefined,
): { environment: Environment | undefined; findings: Finding[] } {
  try {
    return { environment: tool.environment(explicit), findings: [] };
  } catch (error) {
    if (!isCodedError(error) || !['ENVIRONMENT_DAMAGED', 'ENVIRONMENT_NEWER_FORMAT'].includes(error.code)) throw error;
    const finding = fromError(error);
    const proposal = proposePointer((error.data as { path?: string }).path) ?? finding.proposal;
    return { environment: undefined, findings: [{ ...finding, proposal }] };
  }
}

function fromError(error: { code: string; message: string; hint?: string | undefined }): Finding {
  const kind = error.code === 'ENVIRONMENT_NEWER_FORMAT' ? 'newer-format' : 'environment-damaged';
  return { kind, severity: 'problem', text: error.message, proposal: error.hint ?? 'Make it anew: `ww venv --clear`.' };
}

/** Where only the pointer is lost, the generations are there to point to. */
function proposePointer(dir: string | undefined): string | undefined {
  const paths = dir === undefined ? undefined : environmentPaths(dir);
  if (paths === undefined || !existsSync(paths.pyvenvCfg) || !existsSync(paths.generations)) return undefined;
  const committed = readdirSync(paths.generations)
    .flatMap((name) => parseGenerationTarget(`generations/${name}`) ?? [])
    .filter((number) => existsSync(path.join(paths.generations, String(number), '.committed')))
    .sort((a, b) => a - b);
  const last = committed.at(-1);
  if (last === undefined || existsSync(path.join(paths.current, 'generation.json'))) return undefined;
  return `Generations ${committed.join(', ')} are there: \`ln -sfn generations/${last} ${paths.current}\` makes ${last} the current one.`;
}

async function findPatientsInterpreter(tool: Tool, environment: Environment): Promise<Interpreter | undefined> {
  try {
    return await tool.interpreter(environment.interpreterExecutable);
  } catch (error) {
    if (isCodedError(error)) return undefined; // that it is gone, or the store unsafe, is told by others
    throw error;
  }
}
