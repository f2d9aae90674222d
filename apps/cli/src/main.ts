// The command line: names, arguments and options. What a command does is in `commands/`, loaded only when it is called.
import {
  Argument,
  Command,
  collect,
  Option,
  withCheckOptions,
  withCommonOptions,
  withEnvironmentOption,
  withIndexOptions,
  withPlaceOptions,
  withPlatformOptions,
  withTargetOption,
} from './command-options.ts';
import { write } from './output.ts';
import type { CommonOptions } from './run-command.ts';

declare const __WHEELWRIGHT_VERSION__: string | undefined;

const commands: Readonly<Record<string, (program: Command) => void>> = {
  venv(program) {
    withIndexOptions(withCommonOptions(program.command('venv')))
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
      .option('--export', 'make an environment that shares packages own')
      .action(async (dir: string, options) => (await import('./commands/venv.ts')).venv(dir, options));
  },

  install(program) {
    withCheckOptions(
      withPlatformOptions(withIndexOptions(withPlaceOptions(withCommonOptions(program.command('install'))))),
    )
      .description('install requirements, wheels and directories as one transaction')
      .argument('[requirement...]', 'a name with specifiers, a wheel, a directory, a URL of a wheel')
      .option('-r, --requirement <file>', 'a requirements file', collect)
      .option('-c, --constraint <file>', 'a constraints file', collect)
      .option('--no-deps', 'install no dependencies')
      .option('-U, --upgrade', 'take newer versions of what is installed')
      .option('--force-reinstall', 'install also what is there already')
      .option('--pre', 'accept pre-releases')
      .option('--dry-run', 'say what would be installed, change nothing')
      .option('--compile', 'byte-compile what is installed')
      .option('--no-compile', 'do not byte-compile (default)')
      .addOption(
        new Option('--on-conflict <policy>', 'what to do when two distributions claim one path')
          .choices(['error', 'last-wins'])
          .default('error'),
      )
      .action(async (requirements: string[], options) =>
        (await import('./commands/install.ts')).install(requirements, options),
      );
  },

  sync(program) {
    withCheckOptions(
      withPlatformOptions(withIndexOptions(withPlaceOptions(withCommonOptions(program.command('sync'))))),
    )
      .description('make the environment exactly what a file of pins says')
      .argument('<file...>', 'requirements that pin versions, or wheel paths')
      .option('--dry-run', 'say what would be done, change nothing')
      .option('--compile', 'byte-compile what is installed')
      .addOption(
        new Option('--on-conflict <policy>', 'what to do when two distributions claim one path')
          .choices(['error', 'last-wins'])
          .default('error'),
      )
      .action(async (files: string[], options) => (await import('./commands/install.ts')).sync(files, options));
  },

  uninstall(program) {
    withPlaceOptions(withCommonOptions(program.command('uninstall')))
      .description('take distributions out as one transaction')
      .argument('<name...>', 'names of distributions')
      .option('-y, --yes', 'accepted for the habit of it: nothing is asked')
      .action(async (names: string[], options) => (await import('./commands/uninstall.ts')).uninstall(names, options));
  },

  list(program) {
    withTargetOption(withEnvironmentOption(withCommonOptions(program.command('list'))))
      .description('what is in the environment')
      .addOption(
        new Option('--format <format>', 'how to print it').choices(['columns', 'freeze', 'json']).default('columns'),
      )
      .action(async (options) => (await import('./commands/list.ts')).list(options));
  },

  verify(program) {
    withTargetOption(withEnvironmentOption(withCommonOptions(program.command('verify'))))
      .description('compare every file with RECORD and every path with its owners')
      .action(async (options) => (await import('./commands/verify.ts')).verify(options));
  },

  repair(program) {
    withIndexOptions(withEnvironmentOption(withCommonOptions(program.command('repair'))))
      .description(
        'put right what verify finds: the environment itself, then its packages, from the store or the index',
      )
      .option('--dry-run', 'say what would be done, change nothing')
      .action(async (options) => (await import('./commands/repair.ts')).repair(options));
  },

  doctor(program) {
    withEnvironmentOption(withCommonOptions(program.command('doctor')))
      .description('what is wrong with the environment and around it, and what to do')
      .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));
  },

  recover(program) {
    withTargetOption(withEnvironmentOption(withCommonOptions(program.command('recover'))))
      .description('finish or undo what a dead process left')
      .option('--discard', 'give up a change whose journal is refused; all of it is kept aside')
      .action(async (options) => (await import('./commands/recover.ts')).recover(options));
  },

  rollback(program) {
    withEnvironmentOption(withCommonOptions(program.command('rollback')))
      .description('go back to an earlier generation')
      .argument('[generation]', 'its number; the one before the current by default')
      .action(async (generation: string | undefined, options) =>
        (await import('./commands/rollback.ts')).rollback(generation, options),
      );
  },

  generations(program) {
    withEnvironmentOption(withCommonOptions(program.command('generations')))
      .description('the generations that can be gone back to')
      .action(async (options) => (await import('./commands/generations.ts')).generations(options));
  },

  adopt(program) {
    withEnvironmentOption(withCommonOptions(program.command('adopt')))
      .description('give an ordinary venv generations, with all that is in it; or take them away')
      .addOption(new Option('--to <layout>', 'what it is to become').choices(['own', 'plain']).default('own'))
      .action(async (options) => (await import('./commands/adopt.ts')).adopt(options));
  },

  freeze(program) {
    withTargetOption(withEnvironmentOption(withCommonOptions(program.command('freeze'))))
      .description('what is in the environment, as pins')
      .action(async (options) => (await import('./commands/list.ts')).list({ ...options, format: 'freeze' }));
  },

  locks(program) {
    withEnvironmentOption(withCommonOptions(program.command('locks')))
      .description('who holds the lock of the environment')
      .option('--break', 'take the lock of a holder that is known to be dead away, on a file system without flock')
      .action(async (options) => (await import('./commands/locks.ts')).locks(options));
  },

  cache(program) {
    withCommonOptions(program.command('cache'))
      .description(
        'the store: its directory or size, whether it is sound, what nobody needs taken away, from the data directory too',
      )
      .addArgument(new Argument('<action>').choices(['dir', 'size', 'verify', 'prune', 'clean']))
      .option(
        '--unused-for <days>',
        'prune also what nobody has used for so long, and what of the data directory no environment leads into',
      )
      .action(async (action, options) => (await import('./commands/cache.ts')).cache(action, options));
  },

  build(program) {
    withIndexOptions(withCommonOptions(program.command('build')))
      .description('build an sdist and the wheel from it; with --wheel the wheel straight from the tree')
      .argument('[source...]', 'directories', ['.'])
      .option('--wheel', 'only a wheel, straight from the tree')
      .option('--sdist', 'only an sdist')
      .option('-o, --out-dir <dir>', 'where artifacts go (SOURCE/dist)')
      .option('-p, --python <python>', 'an interpreter: a path, a name or a version', collect)
      .option('-C, --config-setting <key=value>', 'a setting for the backend', collect)
      .option('-n, --no-isolation', "run the backend in the interpreter's own environment")
      .option('--build-timeout <seconds>', 'end a hook that takes longer')
      .option('-j, --jobs <number>', 'how many hooks run at once, over all builds')
      .option('--log-dir <dir>', 'write what the backends print here, a file per source')
      .option('--report <file>', 'write here as JSON how each build ended')
      .addOption(
        new Option('--strategy <strategy>', 'a private snapshot per build, or the tree itself under a lock')
          .choices(['snapshot', 'in-place'])
          .default('snapshot'),
      )
      .action(async (sources: string[], options) => (await import('./commands/build.ts')).build(sources, options));
  },
};

/** The program with every command, or for speed with the one of that name alone. */
export function createProgram(name?: string): Command {
  const program = new Command('ww');
  program
    .description('Builds Python trees and installs Python wheels, by many processes at once and through any crash.')
    .version(typeof __WHEELWRIGHT_VERSION__ === 'string' ? __WHEELWRIGHT_VERSION__ : '0.0.0', '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(ww --help lists the commands)')
    // Its own way of writing fails late and with a stack trace where nobody reads any more.
    .configureOutput({ writeOut: (text) => write(1, text), writeErr: (text) => write(2, text) })
    .exitOverride();
  const only = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (only !== undefined) only(program);
  else for (const define of Object.values(commands)) define(program);
  for (const command of program.commands) command.showHelpAfterError(`(ww ${command.name()} --help lists its options)`);
  return program;
}

/** Runs the command that `argv` (without node and script) names. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram(argv[0]).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const { code, exitCode } = error as { code?: string; exitCode?: number };
    if (code === undefined || !code.startsWith('commander.')) throw error;
    // Asking for help or the version is no mistake; everything else that the parser refuses is one of usage.
    process.exitCode = exitCode === 0 ? 0 : 2;
  }
}

export type { CommonOptions };

void main(process.argv.slice(2));
