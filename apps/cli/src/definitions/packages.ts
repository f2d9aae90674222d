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
      .option('-e, --editable <dir>', 'a directory, installed so that changes in it are seen', collect)
      .option('--no-deps', 'install no dependencies')
      .option('-U, --upgrade', 'take newer versions of what is installed')
      .option('--force-reinstall', 'install also what is there already')
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
      .description('make the environment exactly what a file of pins says')
      .argument('<file...>', 'requirements files that pin versions or name files; - for the standard input')
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

export const uninstall: Definition = {
  name: 'uninstall',
  aliases: ['remove', 'rm', 'un'],
  group: 'packages',
  examples: [['ww uninstall requests', 'what it needed stays']],
  define(command) {
    command
      .description('take distributions out as one transaction')
      .argument('<name...>', 'names of distributions')
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
        (await import('../commands/download.ts')).download(requirements, options),
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
