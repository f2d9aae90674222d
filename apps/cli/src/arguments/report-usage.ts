// What is said to a line that the parser refuses: the mistake in one sentence, and the line that would have done it.
import { exitCodes } from 'wheelwright';
import type { Command } from '../definitions/options.ts';
import { write } from '../display/output-stream.ts';
import { answerLine } from './habits.ts';
import { answerOption } from './option-habits.ts';

interface ParserError {
  readonly code: string;
  readonly message: string;
}

/** Prints why `argv` was refused, to stderr and with `--json` as events too; gives the exit code. */
export function reportUsage(error: ParserError, argv: readonly string[], command: Command | undefined): number {
  const { text, hint } = word(error, argv, command);
  write(2, `ww: ${text}\n    ${hint}\n`);
  if (argv.includes('--json')) {
    const exitCode = exitCodes.usage;
    const failure = { event: 'error', code: 'WHEELWRIGHT_USAGE', message: text, hint, exitCode };
    write(1, `${JSON.stringify(failure)}\n${JSON.stringify({ event: 'end', exitCode })}\n`);
  }
  return exitCodes.usage;
}

function word(
  error: ParserError,
  argv: readonly string[],
  command: Command | undefined,
): { text: string; hint: string } {
  const { code, message } = error;
  if (command === undefined) {
    const answer = answerLine(argv);
    if (answer !== undefined) return answer;
  }
  const [sentence = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const lists =
    command === undefined || code === 'commander.unknownTopic'
      ? '`ww --help` lists the commands.'
      : `\`ww ${command.name()} --help\` lists its options.`;
  const choice = choiceAnswer(sentence, command);
  if (choice !== undefined) return choice;
  const option = code === 'commander.unknownOption' ? /'([^'=]+)/.exec(message)?.[1] : undefined;
  // What is known of another tool's option says more than which of ours is spelt alike.
  const answer = option === undefined ? undefined : answerOption(option, command?.name());
  const choices = code === 'commander.missingArgument' ? command?.registeredArguments[0]?.argChoices : undefined;
  const hints = [
    answer ?? suggestion?.replace(/[()]/g, ''),
    choices === undefined ? undefined : `It is ${oneOf(choices)}.`,
    lists,
  ];
  return {
    text: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
    hint: hints.filter((one) => one !== undefined).join(' '),
  };
}

/** A value that is not among the choices of an option or an argument. */
function choiceAnswer(sentence: string, command: Command | undefined): { text: string; hint: string } | undefined {
  const match =
    /^(?:option '(?<option>[^']*)' argument|command-argument value) '(?<value>.*)' is invalid(?: for argument '.*')?\. Allowed choices are (?<choices>.*)\.$/s.exec(
      sentence,
    );
  if (match?.groups === undefined) return undefined;
  const { option, value, choices = '' } = match.groups;
  const what = option === undefined ? `ww ${command?.name() ?? ''}` : option.replace(/^-\w, /, '').replace(/ <.*/, '');
  return { text: `${what} does not take '${value}'.`, hint: `It takes ${oneOf(choices.split(', '))}.` };
}

/** `a, b or c` */
function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
