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
    ['ww cache', 'show the path and the size of the store'],
    ['ww cache prune --unused-for 30', 'remove entries that were not used for 30 days'],
    ['ww cache push -r requirements.txt --pack', 'copy these wheels to the remote cache'],
    ['ww cache push --lock pylock.toml', 'copy the wheels of a lock, and with a signing key its builds'],
  ],
  define(command) {
    command
      .description('show, verify or prune the store; copy wheels to or from the remote cache')
      .addArgument(
        withOtherNames(
          new Argument('[action]', 'the action; by default size')
            .choices(['dir', 'size', 'verify', 'prune', 'clean', 'push', 'pull', 'stats'])
            .default('size'),
          cacheActions,
        ),
      )
      .argument('[requirement...]', 'push, pull: the wheels, as requirements')
      .option('-r, --requirement <file>', 'push, pull: a requirements file', collect)
      .option('--lock <file>', 'push, pull: the wheels of this lock file')
      .option('-p, --python <python>', 'push, pull: the interpreter to select wheels for')
      .option('--pack', 'push: also write the small wheels as one object')
      .option('--verify', 'push: verify existing objects and replace damaged ones')
      .option(
        '--unused-for <days>',
        'prune: also remove entries that were not used for this long, and unused shared packages',
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
    ['ww remote check --remote s3://bucket/wheels', 'test reading, writing and locking'],
    ['ww remote keygen ci-2026', 'print a signing key, and the public key for readers'],
  ],
  define(command) {
    command
      .description('test the remote cache, or create signing keys')
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
      .description('print the completion script of a shell')
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
    ['ww help install', 'the same as ww install --help'],
    ['ww help FSLOCK_TIMEOUT', 'explain an error'],
  ],
  define(command) {
    command
      .description('show the help of a command or of an error code')
      .argument('[topic]', 'a command or an error code')
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
