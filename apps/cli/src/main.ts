// The command line: read, answered where it is another tool's, and run. What a command does is in `commands/`, loaded
// only when it is called.
import { commandFirst, splitShortValues } from './arguments/read-line.ts';
import { createProgram, definitionOf } from './program.ts';

/** Runs the command that `argv` (without node and script) names, and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const [word, ...rest] = commandFirst(argv);
  const definition = definitionOf(word);
  const program = createProgram(definition);
  const command = definition === undefined ? undefined : program.commands[0];
  // After a word that is not a command nothing else is parsed: `ww exec python -V` does not ask for a version.
  const isUnknown = definition === undefined && word !== undefined && !word.startsWith('-');
  const args =
    command === undefined
      ? isUnknown
        ? []
        : rest
      : splitShortValues(rest, command.options, { stopsAtFirst: definition?.passesThrough === true });
  try {
    await program.parseAsync(word === undefined ? [] : [word, ...args], { from: 'user' });
  } catch (error) {
    const { code, exitCode } = error as { code?: string; exitCode?: number };
    if (code === undefined || !code.startsWith('commander.')) throw error;
    // Asking for help or the version is not an error. Everything else that the parser refuses is a usage error.
    if (exitCode === 0) return;
    if (code === 'commander.help') {
      process.exitCode = 2; // The help is printed already.
      return;
    }
    const { reportUsage } = await import('./arguments/report-usage.ts');
    process.exitCode = reportUsage(error as Error & { code: string }, argv, command);
  }
}

void main(process.argv.slice(2));
