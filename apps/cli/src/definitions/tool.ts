// The tool itself: its store, and the completion of its lines.
import { cacheActions } from './cache-actions.ts';
import type { Definition } from './definition.ts';
import { Argument, type Command, collect, withIndexOptions, withRemoteOptions } from './options.ts';

/** An argument that takes other names for its choices too, which neither the help nor completions list. */
function withOtherNames(argument: Argument, names: Readonly<Record<string, string>>): Argument {
  const choose = argument.parseArg!.bind(argument);
  const parse = (value: string, previous: unknown) =>
    choose(Object.hasOwn(names, value) ? names[value]! : value, previous);
  argument.parseArg = parse as NonNullable<Argument['parseArg']>;
  return argument;
}

export const cache: Definition = {
  name: 'cache',
  aliases: ['store'],
  group: 'tool',
  examples: [
    ['ww cache', 'where the store is and how much it takes'],
    ['ww cache prune --unused-for 30', 'what nothing has used for 30 days goes'],
    ['ww cache push -r requirements.txt --pack', 'these wheels to the cache of many machines'],
    ['ww cache push --lock pylock.toml', 'what a lock pins, and with a signing key what is built for it'],
  ],
  define(command) {
    command
      .description('show the store, verify it, prune it; bring wheels to the cache of many machines and from there')
      .addArgument(
        withOtherNames(
          new Argument('[action]', 'size without one')
            .choices(['dir', 'size', 'verify', 'prune', 'clean', 'push', 'pull', 'stats'])
            .default('size'),
          cacheActions,
        ),
      )
      .argument('[requirement...]', 'push, pull: which wheels, as install takes them')
      .option('-r, --requirement <file>', 'push, pull: a requirements file', collect)
      .option('--lock <file>', 'push, pull: what this lock file pins')
      .option('-p, --python <python>', 'push, pull: the interpreter that the wheels are for')
      .option('--pack', 'push: also the small wheels of the set in one object')
      .option('--verify', 'push: read what is there already, and put right what is wrong')
      .option(
        '--unused-for <days>',
        'prune also what nothing has used for so long, and what of the data directory no environment leads into',
      )
      .action(async (action, requirements, options) =>
        (await import('../commands/cache.ts')).cache(action, requirements, options),
      );
    withIndexOptions(command);
  },
};

export const remote: Definition = {
  name: 'remote',
  group: 'tool',
  examples: [
    ['ww remote check --remote s3://bucket/wheels', 'whether it can be read, written, and waited at'],
    ['ww remote keygen ci-2026', 'two lines to export: the key that signs, and the one that readers trust'],
  ],
  define(command) {
    command
      .description('try the cache of many machines; make keys that sign what is built for it')
      .addArgument(new Argument('<action>', 'what to do').choices(['check', 'keygen']))
      .argument('[id]', 'keygen: the name of the key')
      .action(async (action, id, options) => (await import('../commands/remote.ts')).remote(action, id, options));
    withRemoteOptions(command);
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

/** The command that prints the help of what `createProgram` gives, or what an error code means. */
export const helpOf = (createProgram: (word?: string) => Command): Definition => ({
  name: 'help',
  aliases: ['explain'],
  group: 'tool',
  examples: [
    ['ww help install', 'what ww install --help prints'],
    ['ww help FSLOCK_TIMEOUT', 'what this error means, and what to do'],
  ],
  define(command) {
    command
      .description('show the help of a command, or what the code of an error means')
      .argument('[topic]', 'a command, or a code')
      .action(async (topic: string | undefined) => {
        const program = createProgram(topic);
        if (topic === undefined) return program.outputHelp();
        const [only, ...others] = program.commands;
        if (only !== undefined && others.length === 0) return only.outputHelp();
        if ((await import('../commands/help.ts')).printExplanation(topic)) return;
        command.error(`error: '${topic}' is neither a command nor the code of an error`, {
          code: 'commander.unknownTopic',
        });
      });
  },
});
