// Environments made, read and changed in kind: venv, list, freeze, generations, rollback, adopt.
import type { Definition } from './definition.ts';
import { collect, Option, withEnvironmentOption, withIndexOptions, withTargetOption } from './options.ts';

export const venv: Definition = {
  name: 'venv',
  aliases: ['virtualenv'],
  group: 'environments',
  examples: [
    ['ww venv', 'create .venv'],
    ['ww venv -p 3.12 tools --with ruff', 'create tools with Python 3.12 and ruff'],
  ],
  define(command) {
    command
      .description('create an environment, and install packages with --with or -r')
      .argument('[dir]', 'where', '.venv')
      .option('-p, --python <python>', 'the interpreter: a path, a name or a version')
      .option('--prompt <text>', 'the prompt of the shell while the environment is active')
      .option('--system-site-packages', 'give access to the packages of the interpreter')
      .option('--clear', 'replace an existing environment')
      .addOption(
        new Option(
          '--layout <layout>',
          'own: with its own generations (default); shared: generations that share packages; plain: an ordinary venv',
        ).choices(['own', 'shared', 'plain']),
      )
      .option('--with <requirement>', 'install this requirement', collect)
      .option('-r, --requirement <file>', 'install the requirements of this file', collect)
      .option('--seed', 'install pip')
      .option('--export', 'convert an environment of layout shared to layout own')
      .action(async (dir: string, options) => (await import('../commands/venv.ts')).venv(dir, options));
    withIndexOptions(command);
  },
};

export const list: Definition = {
  name: 'list',
  aliases: ['ls'],
  group: 'environments',
  examples: [
    ['ww list --outdated', 'packages with a newer version'],
    ['ww list --format json', 'the same for programs'],
  ],
  define(command) {
    command
      .description('list the installed packages')
      .addOption(
        new Option('--format <format>', 'the output format').choices(['columns', 'freeze', 'json']).default('columns'),
      )
      .option('-o, --outdated', 'list only outdated packages')
      .option('-e, --editable', 'list only editable packages')
      .option('--no-editable', 'list no editable packages')
      .option('--pre', 'with --outdated: consider pre-releases')
      .option('--exclude <name>', 'leave out this package', collect)
      .action(async (options) => (await import('../commands/list.ts')).list(options));
    withIndexOptions(withTargetOption(withEnvironmentOption(command)));
  },
};

export const freeze: Definition = {
  name: 'freeze',
  group: 'environments',
  examples: [['ww freeze > pins.txt && ww sync pins.txt -p other', 'copy the set of packages to another environment']],
  define(command) {
    command
      .description('print the installed packages as pinned requirements')
      .option('--exclude <name>', 'leave out this package', collect)
      .option('--exclude-editable', 'leave out editable packages')
      .action(async (options) => (await import('../commands/freeze.ts')).freeze(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const show: Definition = {
  name: 'show',
  aliases: ['info'],
  group: 'environments',
  examples: [['ww show --files requests', 'with its files']],
  define(command) {
    command
      .description('show the metadata of installed packages')
      .argument('<name...>', 'names of packages')
      .option('-f, --files', 'list the files too')
      .action(async (names: string[], options) => (await import('../commands/show.ts')).show(names, options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const tree: Definition = {
  name: 'tree',
  group: 'environments',
  examples: [['ww tree --invert urllib3', 'show what requires urllib3']],
  define(command) {
    command
      .description('show the dependencies as a tree')
      .argument('[name...]', 'the roots of the tree; by default packages that no other one requires')
      .option('--invert', 'show dependents instead of dependencies')
      .option('-d, --depth <number>', 'the depth of the tree')
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
      .description('find unmet requirements of installed packages')
      .action(async (options) => (await import('../commands/check.ts')).check(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const run: Definition = {
  name: 'run',
  group: 'environments',
  passesThrough: true,
  examples: [
    ['ww run pytest -q', 'run pytest in the environment'],
    ['ww run -p tools -m http.server', 'run a module'],
  ],
  define(command) {
    command
      .description('run a program in the environment and pass on its exit code')
      .argument('[command...]', 'the program with its arguments; Python runs FILE.py')
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
      .description('list the generations that rollback can return to')
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
      .description('return to an earlier generation')
      .argument('[generation]', 'the number of the generation; by default the previous one')
      .action(async (generation: string | undefined, options) =>
        (await import('../commands/rollback.ts')).rollback(generation, options),
      );
    withEnvironmentOption(command);
  },
};

export const adopt: Definition = {
  name: 'adopt',
  group: 'environments',
  examples: [['ww adopt -p venv', 'make each later change of this venv revertible']],
  define(command) {
    command
      .description('convert an ordinary venv to generations, or back')
      .addOption(new Option('--to <layout>', 'the new layout').choices(['own', 'plain']).default('own'))
      .action(async (options) => (await import('../commands/adopt.ts')).adopt(options));
    withEnvironmentOption(command);
  },
};
