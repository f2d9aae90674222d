// The tool itself: its store, and the completion of its lines.
import type { Definition } from './definition.ts';
import { Argument, type Command } from './options.ts';

export const cache: Definition = {
  name: 'cache',
  aliases: ['store'],
  group: 'tool',
  examples: [
    ['ww cache', 'where the store is and how much it takes'],
    ['ww cache prune --unused-for 30', 'what nothing has used for 30 days goes'],
  ],
  define(command) {
    command
      .description('show the store, verify it, take away what no environment and no running job uses')
      .addArgument(
        new Argument('[action]', 'size without one')
          .choices(['dir', 'size', 'verify', 'prune', 'clean'])
          .default('size'),
      )
      .option(
        '--unused-for <days>',
        'prune also what nothing has used for so long, and what of the data directory no environment leads into',
      )
      .action(async (action, options) => (await import('../commands/cache.ts')).cache(action, options));
  },
};

/** The command that prints completions of what `createProgram` gives: the program with every command. */
export const completionOf = (createProgram: () => Command): Definition => ({
  name: 'completion',
  group: 'tool',
  examples: [
    ['source <(ww completion bash)', 'in ~/.bashrc'],
    ['ww completion fish > ~/.config/fish/completions/ww.fish', 'for fish'],
  ],
  define(command) {
    command
      .description('print the script that completes lines in a shell')
      .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
      .action(async (shell) => (await import('../commands/completion.ts')).completion(shell, createProgram()));
  },
});
