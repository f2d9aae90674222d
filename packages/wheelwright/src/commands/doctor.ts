// `doctor`: what is wrong with an environment and around it, and what to do; it changes nothing. One examination each;
// what one of them cannot look at keeps the others from nothing.
import { type CodedError, isCodedError } from '@wheelwright/errors';
import type { Environment, Interpreter } from '@wheelwright/python';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { hintOf } from '../tool/way-out.ts';
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
import type { Finding } from './finding.ts';

/** What `doctor` found. */
export interface Diagnosis {
  /** undefined where it cannot even be read; a finding says why. */
  readonly environment: Environment | undefined;
  /** Problems first. */
  readonly findings: readonly Finding[];
}

/** Looks at everything. Throws ENVIRONMENT_NOT_FOUND where there is nothing to look at. */
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
  const findings = examineItself(tool.environmentDir(explicit));
  try {
    return { environment: tool.environment(explicit), findings };
  } catch (error) {
    if (!isCodedError(error, 'ENVIRONMENT_DAMAGED') && !isCodedError(error, 'ENVIRONMENT_NEWER_FORMAT')) throw error;
    // A newer version knows what belongs there, and what cannot be read is told already.
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
    proposal: hintOf(error) ?? 'Make it anew: `ww venv --clear`.',
  };
}

async function findPatientsInterpreter(tool: Tool, environment: Environment): Promise<Interpreter | undefined> {
  try {
    return await tool.interpreter(environment.interpreterExecutable);
  } catch (error) {
    if (isCodedError(error)) return undefined; // that it is gone, or the store unsafe, is told by others
    throw error;
  }
}
