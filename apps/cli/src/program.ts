// The parser for one line, made of the definitions. With a name it knows that command alone, which starts faster.

import { build } from './definitions/builds.ts';
import { doctor, locks, recover, repair, verify } from './definitions/care.ts';
import { type Definition, groups } from './definitions/definition.ts';
import {
  adopt,
  check,
  freeze,
  generations,
  list,
  rollback,
  run,
  show,
  tree,
  venv,
} from './definitions/environments.ts';
import { helpLayout, helpWidth } from './definitions/help-layout.ts';
import { Command, withCommonOptions } from './definitions/options.ts';
import { download, install, lock, sync, uninstall, wheel } from './definitions/packages.ts';
import { cache, completionOf, helpOf, remote } from './definitions/tool.ts';
import { write } from './display/output-stream.ts';

declare const __WHEELWRIGHT_VERSION__: string | undefined;

/** Every command, in the order of the help. */
export const definitions: readonly Definition[] = [
  venv,
  list,
  freeze,
  show,
  tree,
  check,
  run,
  generations,
  rollback,
  adopt,
  install,
  lock,
  sync,
  uninstall,
  download,
  wheel,
  build,
  verify,
  repair,
  doctor,
  recover,
  locks,
  cache,
  remote,
  completionOf(() => createProgram()),
  helpOf((word) => createProgram(word === undefined ? undefined : definitionOf(word))),
];

/** The command that a word names, by its name or another that people type for it. */
export function definitionOf(word: string | undefined): Definition | undefined {
  return definitions.find(({ name, aliases = [] }) => name === word || aliases.includes(word ?? ''));
}

/** The program with every command, or with one alone. */
export function createProgram(only?: Definition): Command {
  const program = new Command('ww');
  program
    .description('Builds Python trees and installs Python wheels, by many processes at once and through any crash.')
    .version(typeof __WHEELWRIGHT_VERSION__ === 'string' ? __WHEELWRIGHT_VERSION__ : '0.0.0', '-V, --version')
    .enablePositionalOptions()
    .commandsGroup(groups.tool)
    .helpCommand(false)
    .configureHelp(helpLayout)
    // Commander's writer throws a late EPIPE when stdout is closed; ours does not. What it says of a mistake is worded
    // by `describe-usage.ts`.
    .configureOutput({
      writeOut: (text) => write(1, text),
      writeErr: (text) => write(2, text),
      outputError: () => {},
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    })
    .exitOverride();
  for (const definition of only === undefined ? definitions : [only]) add(program, definition);
  return program;
}

function add(program: Command, { name, aliases = [], group, examples, passesThrough, define }: Definition): void {
  const command = program.command(name).helpGroup(groups[group]);
  if (aliases.length > 0) command.aliases([...aliases]);
  if (passesThrough === true) command.passThroughOptions();
  define(command);
  if (name !== 'help') withCommonOptions(command);
  if (examples.length > 0) command.addHelpText('after', () => `\nExamples:\n${formatExamples(examples, helpWidth())}`);
}

/** Each line beside what it does, or above it where that does not fit into `width`. */
function formatExamples(examples: Definition['examples'], width: number): string {
  const widest = Math.max(...examples.map(([line]) => line.length));
  const isWide = examples.every(([, does]) => widest + does.length + 4 <= width);
  return examples
    .map(([line, does]) => (isWide ? `  ${line.padEnd(widest)}  ${does}` : `  ${line}\n      ${does}`))
    .join('\n');
}
