// Reads the whole request of a command: its requirements, those of files, and the options of both. Every command that
// resolves uses it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Requirement } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { type ChoiceOptions, type Choices, readChoices } from './input-options.ts';
import { isProjectFile, readGroups, readProjectDependencies } from './read-groups.ts';
import { type ReadInputsOptions, type RequirementInputs, readRequirementInputs } from './requirement-inputs.ts';

/** The requirements of a request. Files are paths, URLs, or `-` for standard input. */
export interface AskOptions extends ChoiceOptions {
  /** Names with specifiers, paths, URLs. */
  readonly requirements?: readonly string[] | undefined;
  /** Directories, each installed editable. */
  readonly editables?: readonly string[] | undefined;
  /** Requirements files. */
  readonly requirementFiles?: readonly string[] | undefined;
  /** Constraints files. */
  readonly constraintFiles?: readonly string[] | undefined;
  /** Files of overrides: each replaces every requirement on the same name, also those of dependencies. */
  readonly overrideFiles?: readonly string[] | undefined;
  /** Dependency groups (PEP 735) of the project in the working directory, or `DIR:NAME` of another project. */
  readonly dependencyGroups?: readonly string[] | undefined;
}

/** Inputs and choices, with a tool for the indexes that they name. */
export interface Asked extends RequirementInputs, Choices {
  readonly tool: Tool;
}

/** Reads a request. Throws WheelwrightError for an unusable input, PackagingError for a line that does not parse. */
export async function readAskedFor(tool: Tool, interpreter: Interpreter, options: AskOptions): Promise<Asked> {
  const { workingDir, variables } = tool.settings;
  const reading = {
    workingDir,
    variables,
    onRead: (location: string) => tool.basis.readFile(location),
    fetchText: (url: string) => fetchBytes(tool, interpreter, url),
  };
  const files = options.requirementFiles ?? [];
  const requirementFiles = files.filter((file) => !isProjectFile(file));
  const asked = await readRequirementInputs({ ...options, requirementFiles, ...reading });
  const overrides = await readOverrides(options.overrideFiles ?? [], reading);
  const ofGroups = [
    ...(await Promise.all(files.filter(isProjectFile).map((file) => readProjectDependencies(file, workingDir)))),
    ...(await readGroups(options.dependencyGroups ?? [], workingDir)),
  ];
  for (const { file } of ofGroups) tool.basis.readFile(file);
  const inputs = [...asked.inputs, ...ofGroups.flatMap((group) => group.inputs)];
  const { policy, ...choices } = readChoices(tool.settings.index, options, asked);
  return {
    ...asked,
    ...choices,
    constraints: asked.constraints,
    options: asked.options,
    inputs,
    policy: overrides.length === 0 ? policy : { ...policy, overrides },
    tool: asked.options.length === 0 ? tool : tool.withIndex(choices.index),
  };
}

/** Overrides have the syntax of constraints. */
async function readOverrides(
  files: readonly string[],
  reading: Omit<ReadInputsOptions, 'constraintFiles'>,
): Promise<readonly Requirement[]> {
  if (files.length === 0) return [];
  const { constraints } = await readRequirementInputs({ ...reading, constraintFiles: files });
  return constraints.map(({ requirement }) => requirement);
}

/** Fetches with the index client, so that its credentials, certificates and proxy apply. */
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
