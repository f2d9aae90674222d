// Everything that a command was asked for: its requirements, those of files, and the choices that both make. Used by
// every command that resolves.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Interpreter } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { type ChoiceOptions, type Choices, readChoices } from './input-options.ts';
import { type RequirementInputs, readRequirementInputs } from './requirement-inputs.ts';

/** Where requirements come from. Files are paths, URLs, or `-` for the standard input. */
export interface AskOptions extends ChoiceOptions {
  /** Names with specifiers, paths, URLs. */
  readonly requirements?: readonly string[] | undefined;
  /** Directories, each installed editable. */
  readonly editables?: readonly string[] | undefined;
  /** Requirements files. */
  readonly requirementFiles?: readonly string[] | undefined;
  /** Constraints files. */
  readonly constraintFiles?: readonly string[] | undefined;
}

/** Inputs and choices, with the tool that asks the indexes they name. */
export interface Asked extends RequirementInputs, Choices {
  readonly tool: Tool;
}

/** Reads them. Throws WheelwrightError for what cannot be used, PackagingError for a line that does not parse. */
export async function readAskedFor(tool: Tool, interpreter: Interpreter, options: AskOptions): Promise<Asked> {
  const { workingDir, variables } = tool.settings;
  const inputs = await readRequirementInputs({
    ...options,
    workingDir,
    variables,
    onRead: (location) => tool.basis.readFile(location),
    fetchText: (url) => fetchBytes(tool, interpreter, url),
  });
  const choices = readChoices(tool.settings.index, options, inputs);
  const { inputs: wanted, constraints, options: fileOptions } = inputs;
  const asking = fileOptions.length === 0 ? tool : tool.withIndex(choices.index);
  return { inputs: wanted, constraints, options: fileOptions, ...choices, tool: asking };
}

/** Through the index client, so that its credentials, certificates and proxy are used. */
async function fetchBytes(tool: Tool, interpreter: Interpreter, url: string): Promise<Uint8Array> {
  const staging = (await tool.store()).stage();
  try {
    const target = path.join(staging.dir, 'file');
    const index = await tool.index(interpreter);
    await index.download({ url }, target, tool.signal === undefined ? {} : { signal: tool.signal });
    return readFileSync(target);
  } finally {
    staging.release();
  }
}
