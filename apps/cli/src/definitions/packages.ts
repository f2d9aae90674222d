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
    ["ww install requests 'flask>=3'", 'both, and what they need, or neither'],
    ['ww install -r requirements.txt --check imports', 'only if all of it can be imported'],
  ],
  define(command) {
    command
      .description('install requirements, wheels and directories as one transaction')
      .argument('[requirement...]', 'a name with specifiers, a wheel, an sdist, a directory, a URL')
      .option('-r, --requirement <file>', 'a requirements file, a URL of one, or - for the standard input', collect)
      .option('-c, --constraint <file>', 'a constraints file, or a URL of one', collect)
      .option('--override <file>', 'requirements that replace every other on their names', collect)
      .option('--group <name>', 'a dependency group of pyproject.toml, or DIR:NAME', collect)
      .addOption(
        new Option('--upgrade-strategy <strategy>', 'with -U: what becomes of dependencies').choices([
          'only-if-needed',
          'eager',
        ]),
      )
      .option('-e, --editable <dir>', 'a directory, installed so that changes in it are seen', collect)
      .option('--no-deps', 'install no dependencies')
      .option('-U, --upgrade', 'take newer versions of what is installed')
      .option('--force-reinstall', 'install also what is there already')
      .option('--report <file>', "write here as JSON what is to be installed, in pip's format")
      .option('--dry-run', 'say what would be installed, change nothing')
      .option('--compile', 'byte-compile what is installed')
      .option('--no-compile', 'do not byte-compile (default)');
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
  examples: [['ww sync requirements.txt', 'what the file does not name goes']],
  define(command) {
    command
      .description('make the environment exactly what a lock or a file of pins says')
      .argument(
        '[file...]',
        'pylock.toml (default), or requirements files that pin versions or name files; - for the standard input',
      )
      .option('--extra <name>', 'an extra of a lock', collect)
      .option('--group <name>', 'a dependency group of a lock', collect)
      .option('--no-install-project', 'leave the project that a lock belongs to out')
      .option('-c, --constraint <file>', 'a constraints file, or a URL of one', collect)
      .option('--dry-run', 'say what would be done, change nothing')
      .option('--compile', 'byte-compile what is installed');
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
    ['ww lock && ww sync', 'the project of this directory, locked and installed'],
    ['ww lock -p 3.10 -p 3.13 --platform manylinux_2_28_x86_64', 'for two Pythons'],
  ],
  define(command) {
    command
      .description('write pylock.toml: of requirements, or of the project in this directory with its extras and groups')
      .argument('[requirement...]', 'requirements; none: the project')
      .option('-r, --requirement <file>', 'a requirements file', collect)
      .option('-c, --constraint <file>', 'a constraints file', collect)
      .option('--override <file>', 'requirements that replace every other on their names', collect)
      .option('-p, --python <python>', 'a Python that the lock is for: an interpreter or a version', collect)
      .option('--platform <tag>', 'a platform that the lock is for (manylinux_2_28_x86_64)', collect)
      .option('-o, --output <file>', 'where the lock goes (pylock.toml)')
      .option('-U, --upgrade [name]', 'keep nothing, or not this package', collectOrAll)
      .option('--check', 'write nothing, and fail where the lock would change')
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
  examples: [['ww uninstall requests', 'what it needed stays']],
  define(command) {
    command
      .description('take distributions out as one transaction')
      .argument('[name...]', 'names of distributions')
      .option('-r, --requirement <file>', 'take out what a requirements file names', collect)
      .option('-y, --yes', 'accepted for the habit of it: nothing is asked')
      .action(async (names: string[], options) => (await import('../commands/uninstall.ts')).uninstall(names, options));
    withPlaceOptions(command);
  },
};

export const download: Definition = {
  name: 'download',
  group: 'packages',
  examples: [['ww download -r requirements.txt -d wheels', 'for ww install --no-index -f wheels']],
  define(command) {
    withFileOptions(command)
      .description('put the wheels of requirements, and of what they need, into a directory')
      .option('-d, --dest <dir>', 'where to (the working directory)')
      .action(async (requirements: string[], options) =>
        (await import('../commands/download.ts')).download(requirements, options),
      );
    withPlatformOptions(withChoiceOptions(withIndexOptions(withEnvironmentOption(command))));
  },
};

export const wheel: Definition = {
  name: 'wheel',
  group: 'packages',
  examples: [['ww wheel . -w wheels', 'a wheel of this project and of all that it needs']],
  define(command) {
    withFileOptions(command)
      .description('build wheels of requirements, and of what they need, into a directory')
      .option('-w, --wheel-dir <dir>', 'where to (the working directory)')
      .action(async (requirements: string[], options) =>
        (await import('../commands/download.ts')).download(requirements, options, true),
      );
    withChoiceOptions(withIndexOptions(withEnvironmentOption(command)));
  },
};

function withFileOptions(command: Command): Command {
  return command
    .argument('[requirement...]', 'a name with specifiers, a wheel, an sdist, a directory, a URL')
    .option('-r, --requirement <file>', 'a requirements file, a URL of one, or - for the standard input', collect)
    .option('-c, --constraint <file>', 'a constraints file, or a URL of one', collect)
    .option('--no-deps', 'only what is named, no dependencies');
}

function withConflictOption(command: Command): Command {
  return command.addOption(
    new Option('--on-conflict <policy>', 'what to do when two distributions claim one path')
      .choices(['error', 'last-wins'])
      .default('error'),
  );
}
