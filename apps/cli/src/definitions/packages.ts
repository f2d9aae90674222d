// Packages put into an environment and taken out: install, sync, uninstall.
import type { Definition } from './definition.ts';
import {
  type Command,
  collect,
  Option,
  withBuildOptions,
  withCheckOptions,
  withChoiceOptions,
  withEnvironmentOption,
  withIndexOptions,
  withPlaceOptions,
  withPlatformOptions,
} from './options.ts';

export const install: Definition = {
  name: 'install',
  aliases: ['i', 'add'],
  group: 'packages',
  examples: [
    ["ww install requests 'flask>=3'", 'both with their dependencies, or neither'],
    ['ww install -r requirements.txt --check imports', 'only if every package can be imported'],
  ],
  define(command) {
    command
      .description('install packages in one transaction')
      .argument('[requirement...]', 'a name with a version specifier, a wheel, an sdist, a directory or a URL')
      .option('-r, --requirement <file>', 'a requirements file, its URL, or - for standard input', collect)
      .option('-c, --constraint <file>', 'a constraints file or its URL', collect)
      .option('--override <file>', 'requirements that replace all others of the same name', collect)
      .option('--group <name>', 'a dependency group of pyproject.toml, or DIR:NAME', collect)
      .addOption(
        new Option('--upgrade-strategy <strategy>', 'with -U: whether to upgrade dependencies').choices([
          'only-if-needed',
          'eager',
        ]),
      )
      .option('-e, --editable <dir>', 'install this directory as editable', collect)
      .option('--no-deps', 'do not install dependencies')
      .option('-U, --upgrade', 'upgrade installed packages')
      .option('--force-reinstall', 'reinstall packages that are up to date')
      .option('--report <file>', "write the plan to this file, in the format of pip's report")
      .option('--dry-run', 'show what would be installed and change nothing')
      .option('--compile', 'byte-compile the installed files')
      .option('--no-compile', 'do not byte-compile the installed files (default)');
    withConflictOption(command).action(async (requirements: string[], options) =>
      (await import('../commands/install.ts')).install(requirements, options),
    );
    withCheckOptions(
      withPlatformOptions(withBuildOptions(withChoiceOptions(withIndexOptions(withPlaceOptions(command))))),
    );
  },
};

export const sync: Definition = {
  name: 'sync',
  group: 'packages',
  examples: [['ww sync requirements.txt', 'remove packages that the file does not name']],
  define(command) {
    command
      .description('install exactly the packages of a lock file, and remove others')
      .argument('[file...]', 'pylock.toml (default) or requirements files with pinned versions; - for standard input')
      .option('--extra <name>', 'install this extra of the lock', collect)
      .option('--group <name>', 'install this dependency group of the lock', collect)
      .option('--no-install-project', 'do not install the project itself')
      .option('-c, --constraint <file>', 'a constraints file or its URL', collect)
      .option('--dry-run', 'show what would be done and change nothing')
      .option('--compile', 'byte-compile the installed files');
    withConflictOption(command).action(async (files: string[], options) =>
      (await import('../commands/install.ts')).sync(files, options),
    );
    withCheckOptions(
      withPlatformOptions(withBuildOptions(withChoiceOptions(withIndexOptions(withPlaceOptions(command))))),
    );
  },
};

export const lock: Definition = {
  name: 'lock',
  group: 'packages',
  examples: [
    ['ww lock && ww sync', 'lock and install the project of this directory'],
    ['ww lock -p 3.10 -p 3.13 --platform manylinux_2_28_x86_64', 'lock for two Pythons'],
  ],
  define(command) {
    command
      .description('write pylock.toml, for requirements or for the project of this directory')
      .argument('[requirement...]', 'requirements; by default those of the project, with its extras and groups')
      .option('-r, --requirement <file>', 'a requirements file', collect)
      .option('-c, --constraint <file>', 'a constraints file', collect)
      .option('--override <file>', 'requirements that replace all others of the same name', collect)
      .option('-p, --python <python>', 'a target Python of the lock: an interpreter or a version', collect)
      .option('--platform <tag>', 'a target platform of the lock (manylinux_2_28_x86_64)', collect)
      .option('-o, --output <file>', 'the lock file (pylock.toml)')
      .option('-U, --upgrade [name]', 'upgrade all packages, or this one', collectOrAll)
      .option('--check', 'write nothing; fail if the lock is out of date')
      .action(async (requirements: string[], options) =>
        (await import('../commands/lock.ts')).lock(requirements, options),
      );
    withBuildOptions(withChoiceOptions(withIndexOptions(command)));
  },
};

/** `-U` alone is everything; with names only those. */
function collectOrAll(value: string | boolean, previous: readonly string[] | true | undefined) {
  return typeof value === 'string' ? [...(Array.isArray(previous) ? previous : []), value] : true;
}

export const uninstall: Definition = {
  name: 'uninstall',
  aliases: ['remove', 'rm', 'un'],
  group: 'packages',
  examples: [['ww uninstall requests', 'its dependencies stay']],
  define(command) {
    command
      .description('uninstall packages in one transaction')
      .argument('[name...]', 'names of packages')
      .option('-r, --requirement <file>', 'uninstall the packages of this requirements file', collect)
      .option('-y, --yes', 'accepted and ignored: uninstall never asks')
      .action(async (names: string[], options) => (await import('../commands/uninstall.ts')).uninstall(names, options));
    withPlaceOptions(command);
  },
};

export const download: Definition = {
  name: 'download',
  group: 'packages',
  examples: [['ww download -r requirements.txt -d wheels', 'for a later ww install --no-index -f wheels']],
  define(command) {
    withFileOptions(command)
      .description('download packages and their dependencies into a directory')
      .option('-d, --dest <dir>', 'the directory (default: the working directory)')
      .action(async (requirements: string[], options) =>
        (await import('../commands/download.ts')).download(requirements, options),
      );
    withPlatformOptions(withChoiceOptions(withIndexOptions(withEnvironmentOption(command))));
  },
};

export const wheel: Definition = {
  name: 'wheel',
  group: 'packages',
  examples: [['ww wheel . -w wheels', 'build this project and its dependencies']],
  define(command) {
    withFileOptions(command)
      .description('build wheels of packages and their dependencies into a directory')
      .option('-w, --wheel-dir <dir>', 'the directory (default: the working directory)')
      .action(async (requirements: string[], options) =>
        (await import('../commands/download.ts')).download(requirements, options, true),
      );
    withChoiceOptions(withIndexOptions(withEnvironmentOption(command)));
  },
};

function withFileOptions(command: Command): Command {
  return command
    .argument('[requirement...]', 'a name with a version specifier, a wheel, an sdist, a directory or a URL')
    .option('-r, --requirement <file>', 'a requirements file, its URL, or - for standard input', collect)
    .option('-c, --constraint <file>', 'a constraints file or its URL', collect)
    .option('--no-deps', 'leave out dependencies');
}

function withConflictOption(command: Command): Command {
  return command.addOption(
    new Option('--on-conflict <policy>', 'what to do if two packages have one path with different content')
      .choices(['error', 'last-wins'])
      .default('error'),
  );
}
