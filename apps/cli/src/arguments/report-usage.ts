// What is said to a line that the parser refuses: the mistake in one sentence, and the line that would have done it.
import { exitCodes } from 'wheelwright';
import { write } from '../display/output.ts';
import { answerLine, answerOption } from './habits.ts';

/** Prints why `argv` was refused, to stderr and with `--json` as events too; gives the exit code. */
export function reportUsage(
  error: { readonly code: string; readonly message: string },
  argv: readonly string[],
  command: string | undefined,
): number {
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
  { code, message }: { readonly code: string; readonly message: string },
  argv: readonly string[],
  command: string | undefined,
): { text: string; hint: string } {
  if (command === undefined) {
    const answer = answerLine(argv);
    if (answer !== undefined) return answer;
  }
  const option = code === 'commander.unknownOption' ? /'([^'=]+)/.exec(message)?.[1] : undefined;
  const [sentence = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const help =
    command === undefined ? '`ww --help` lists the commands.' : `\`ww ${command} --help\` lists its options.`;
  const hints = [option === undefined ? undefined : answerOption(option), suggestion?.replace(/[()]/g, ''), help];
  return {
    text: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
    hint: hints.filter((one) => one !== undefined).join(' '),
  };
}
