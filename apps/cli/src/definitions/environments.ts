// Environments made, read and changed in kind: venv, list, freeze, generations, rollback, adopt.
import type { Definition } from './definition.ts';
import { collect, Option, withEnvironmentOption, withIndexOptions, withTargetOption } from './options.ts';

export const venv: Definition = {
  name: 'venv',
  aliases: ['virtualenv'],
  group: 'environments',
  examples: [
    ['ww venv', 'an environment in .venv'],
    ['ww venv -p 3.12 tools --with ruff', 'one for Python 3.12 that holds ruff'],
  ],
  define(command) {
    command
      .description('make an environment; with --with or -r, and install into it')
      .argument('[dir]', 'where', '.venv')
      .option('-p, --python <python>', 'an interpreter: a path, a name or a version')
      .option('--prompt <text>', 'what the shell shows while it is active')
      .option('--system-site-packages', 'see the packages of the interpreter too')
      .option('--clear', 'replace an environment that is there')
      .addOption(
        new Option(
          '--layout <layout>',
          'generations of its own (default), generations that share packages, or an ordinary venv',
        ).choices(['own', 'shared', 'plain']),
      )
      .option('--with <requirement>', 'install this into it', collect)
      .option('-r, --requirement <file>', 'install what a requirements file says into it', collect)
      .option('--seed', 'install pip into it')
      .option('--export', 'make an environment that shares packages own')
      .action(async (dir: string, options) => (await import('../commands/venv.ts')).venv(dir, options));
    withIndexOptions(command);
  },
};

export const list: Definition = {
  name: 'list',
  aliases: ['ls'],
  group: 'environments',
  examples: [
    ['ww list --outdated', 'what the index has newer'],
    ['ww list --format json', 'names and versions for a program'],
  ],
  define(command) {
    command
      .description('list the installed distributions')
      .addOption(
        new Option('--format <format>', 'how to print it').choices(['columns', 'freeze', 'json']).default('columns'),
      )
      .option('-o, --outdated', 'only what the index has a newer version of')
      .option('-e, --editable', 'only what is installed editable')
      .option('--no-editable', 'only what is not')
      .option('--pre', 'with --outdated: count pre-releases too')
      .option('--exclude <name>', 'leave this one out', collect)
      .action(async (options) => (await import('../commands/list.ts')).list(options));
    withIndexOptions(withTargetOption(withEnvironmentOption(command)));
  },
};

export const freeze: Definition = {
  name: 'freeze',
  group: 'environments',
  examples: [['ww freeze > pins.txt && ww sync pins.txt -p other', 'the same environment elsewhere']],
  define(command) {
    command
      .description('print the installed distributions as pins')
      .option('--exclude <name>', 'leave this one out', collect)
      .option('--exclude-editable', 'leave out what is installed editable')
      .action(async (options) => (await import('../commands/freeze.ts')).freeze(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const show: Definition = {
  name: 'show',
  aliases: ['info'],
  group: 'environments',
  examples: [['ww show --files requests', 'with the files that it brought']],
  define(command) {
    command
      .description('show the metadata of installed distributions')
      .argument('<name...>', 'names of distributions')
      .option('-f, --files', 'list their files too')
      .action(async (names: string[], options) => (await import('../commands/show.ts')).show(names, options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const tree: Definition = {
  name: 'tree',
  group: 'environments',
  examples: [['ww tree --invert urllib3', 'what requires urllib3']],
  define(command) {
    command
      .description('draw what requires what')
      .argument('[name...]', 'where to begin; by default what nothing requires')
      .option('--invert', 'draw what requires them, not what they require')
      .option('-d, --depth <number>', 'how many levels')
      .action(async (names: string[], options) => (await import('../commands/tree.ts')).tree(names, options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const check: Definition = {
  name: 'check',
  group: 'environments',
  examples: [],
  define(command) {
    command
      .description('find requirements of installed distributions that are not met')
      .action(async (options) => (await import('../commands/check.ts')).check(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const run: Definition = {
  name: 'run',
  group: 'environments',
  passesThrough: true,
  examples: [
    ['ww run pytest -q', 'in the environment, with one generation of it to the end'],
    ['ww run -p tools -m http.server', 'a module'],
  ],
  define(command) {
    command
      .description('run a program in the environment; its exit code is the result')
      .argument('[command...]', 'the program with its arguments; FILE.py is run by the Python of the environment')
      .option('-m, --module <name>', 'run a module, as python -m does')
      .action(async (words: string[], options) => (await import('../commands/run.ts')).run(words, options));
    withEnvironmentOption(command);
  },
};

export const generations: Definition = {
  name: 'generations',
  group: 'environments',
  examples: [],
  define(command) {
    command
      .description('list the generations that can be gone back to')
      .action(async (options) => (await import('../commands/generations.ts')).generations(options));
    withEnvironmentOption(command);
  },
};

export const rollback: Definition = {
  name: 'rollback',
  aliases: ['undo'],
  group: 'environments',
  examples: [['ww rollback', 'undo the last change']],
  define(command) {
    command
      .description('go back to an earlier generation')
      .argument('[generation]', 'its number; the one before the current by default')
      .action(async (generation: string | undefined, options) =>
        (await import('../commands/rollback.ts')).rollback(generation, options),
      );
    withEnvironmentOption(command);
  },
};

export const adopt: Definition = {
  name: 'adopt',
  group: 'environments',
  examples: [['ww adopt -p venv', 'from now on each change of it can be undone']],
  define(command) {
    command
      .description('give an ordinary venv generations, with all that is in it; or take them away')
      .addOption(new Option('--to <layout>', 'what it is to become').choices(['own', 'plain']).default('own'))
      .action(async (options) => (await import('../commands/adopt.ts')).adopt(options));
    withEnvironmentOption(command);
  },
};
