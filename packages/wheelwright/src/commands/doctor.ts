// `doctor`: reports problems of an environment and its surroundings, and what to do. It changes nothing. Each examination
// runs separately, so the failure of one does not stop the others.
import { type CodedError, isCodedError } from '@wheelwright/errors';
import type { Environment, Interpreter } from '@wheelwright/python';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { hintOf } from '../tool/way-out.ts';
import { shellLine } from '../tool/wording.ts';
import {
  examineFiles,
  examineInterpreter,
  examineItself,
  examineKept,
  examinePlace,
  examineRequirements,
  examineWork,
} from './examine-environment.ts';
import { examineLinks, examineNativeCalls, examineStore, examineVariables } from './examine-surroundings.ts';
import type { CommandLine, Finding } from './finding.ts';

/** The result of `doctor`. */
export interface Diagnosis {
  /** Undefined if the environment cannot be read; a finding says why. */
  readonly environment: Environment | undefined;
  /** Problems first. */
  readonly findings: readonly Finding[];
}

/** Runs all examinations. Throws ENVIRONMENT_NOT_FOUND if there is no environment. */
export async function doctor(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined } = {},
): Promise<Diagnosis> {
  return withCall(tool, options, (called) => doctorWith(called, options));
}

async function doctorWith(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined },
): Promise<Diagnosis> {
  const named = options.environment === undefined ? [] : ['-p', options.environment];
  const line: CommandLine = (...words) => `\`ww ${shellLine([...words, ...named])}\``;
  const { environment, findings } = readPatient(tool, options.environment, line);
  findings.push(...(await examineStore(tool, environment, line)), ...examineNativeCalls());
  if (environment !== undefined) {
    const interpreter = await findPatientsInterpreter(tool, environment);
    const examinations: (() => Finding[] | Promise<Finding[]>)[] = [
      () => examineInterpreter(environment, interpreter, line),
      () => examineWork(environment, line),
      () => examineKept(environment),
      () => examineFiles(environment, line),
      () => (interpreter === undefined ? [] : examineRequirements(environment, interpreter, line)),
      () => examinePlace(environment),
      () => examineLinks(tool.settings, environment),
      () => examineVariables(tool.settings, environment),
    ];
    for (const examine of examinations) findings.push(...(await told(examine)));
  }
  const rank = ({ severity }: Finding) => (severity === 'problem' ? 0 : 1);
  return { environment, findings: [...findings].sort((a, b) => rank(a) - rank(b)) };
}

/** A failed examination is a finding too, since other commands would fail for the same reason. */
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
  line: CommandLine,
): { environment: Environment | undefined; findings: Finding[] } {
  const findings = examineItself(tool.environmentDir(explicit), line);
  try {
    return { environment: tool.environment(explicit), findings };
  } catch (error) {
    if (!isCodedError(error, 'ENVIRONMENT_DAMAGED') && !isCodedError(error, 'ENVIRONMENT_NEWER_FORMAT')) throw error;
    // Only the newer version knows which files belong there, and unreadable files are already reported.
    if (isCodedError(error, 'ENVIRONMENT_DAMAGED') && findings.length > 0) return { environment: undefined, findings };
    return { environment: undefined, findings: [fromError(error)] };
  }
}

function fromError(error: CodedError): Finding {
  const isNewer = ['ENVIRONMENT_NEWER_FORMAT', 'INSTALL_NEWER_DATA'].includes(error.code);
  const kind = isNewer ? 'newer-format' : 'environment-damaged';
  return {
    kind,
    severity: 'problem',
    text: error.message,
    proposal: hintOf(error) ?? 'Make it again: `ww venv --clear`.',
  };
}

async function findPatientsInterpreter(tool: Tool, environment: Environment): Promise<Interpreter | undefined> {
  try {
    return await tool.interpreter(environment.interpreterExecutable);
  } catch (error) {
    if (isCodedError(error)) return undefined; // Other examinations report a missing interpreter or an unsafe store.
    throw error;
  }
}
