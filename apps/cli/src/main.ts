// The command line: names, arguments and options. What a command does is in `commands/`, loaded only when it is called.
import { Argument, Command, Option } from 'commander';
import { write } from './output.ts';
import type { CommonOptions } from './run-command.ts';

declare const __WHEELWRIGHT_VERSION__: string | undefined;

const collect = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print events as JSON lines on stdout')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print more')
    .option('--no-color', 'print no colours')
    .option('--store <dir>', 'the store (WHEELWRIGHT_STORE)')
    .option('--lock-timeout <seconds>', 'how long to wait for a lock (WHEELWRIGHT_LOCK_TIMEOUT, 300)');
}

function withIndexOptions(command: Command): Command {
  return command
    .option('-i, --index-url <url>', 'the index to look packages up in')
    .option('--extra-index-url <url>', 'a further index', collect)
    .option('-f, --find-links <place>', 'a directory, page or URL that links to wheels', collect)
    .option('--no-index', 'look packages up in no index, only in --find-links')
    .option('--cert <file>', 'certificates to trust instead of the usual ones')
    .option('--trusted-host <host>', 'a host to talk to without checking its certificate', collect);
}

function withEnvironmentOption(command: Command): Command {
  return command.option(
    '-p, --python <environment>',
    'the environment: its directory or its interpreter (VIRTUAL_ENV, .venv upwards)',
  );
}

function withCheckOptions(command: Command): Command {
  return command
    .option('--check <what>', "'imports', or a command to run in the new environment before anyone sees it", collect)
    .option('--check-timeout <seconds>', 'end a check that takes longer (300)');
}

function withTargetOption(command: Command): Command {
  return command.option('-t, --target <dir>', 'a directory instead of an environment; scripts go into its bin');
}

/** For what changes it; wheels for another machine are chosen by what a person says of it. */
function withPlaceOptions(command: Command): Command {
  return withTargetOption(withEnvironmentOption(command)).option(
    '--break-system-packages',
    'change also what the package manager of the system keeps',
  );
}

function withPlatformOptions(command: Command): Command {
  return command
    .option('--platform <tag>', 'with --target: wheels for this platform (manylinux_2_28_x86_64)', collect)
    .option('--python-version <version>', 'with --target: wheels for this Python (3.11)')
    .option('--implementation <name>', 'with --target: wheels for this implementation (cp, pp, py)')
    .option('--abi <tag>', 'with --target: wheels for this ABI (cp311)', collect);
}

/** The program with every command. */
export function createProgram(): Command {
  const program = new Command('ww');
  program
    .description('Builds Python trees and installs Python wheels, by many processes at once and through any crash.')
    .version(typeof __WHEELWRIGHT_VERSION__ === 'string' ? __WHEELWRIGHT_VERSION__ : '0.0.0', '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(ww --help lists the commands)')
    // Its own way of writing fails late and with a stack trace where nobody reads any more.
    .configureOutput({ writeOut: (text) => write(1, text), writeErr: (text) => write(2, text) })
    .exitOverride();

  withCommonOptions(program.command('venv'))
    .description('make an environment')
    .argument('[dir]', 'where', '.venv')
    .option('-p, --python <python>', 'an interpreter: a path, a name or a version')
    .option('--prompt <text>', 'what the shell shows while it is active')
    .option('--system-site-packages', 'see the packages of the interpreter too')
    .option('--clear', 'replace an environment that is there')
    .addOption(
      new Option('--layout <layout>', 'generations of its own, generations that share packages, or an ordinary venv')
        .choices(['own', 'shared', 'plain'])
        .default('own'),
    )
    .option('--export', 'make an environment that shares packages own')
    .action(async (dir: string, options) => (await import('./commands/venv.ts')).venv(dir, options));

  const install = withCheckOptions(
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
    );
  install.action(async (requirements: string[], options) =>
    (await import('./commands/install.ts')).install(requirements, options),
  );

  withCheckOptions(withPlatformOptions(withIndexOptions(withPlaceOptions(withCommonOptions(program.command('sync'))))))
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

  withPlaceOptions(withCommonOptions(program.command('uninstall')))
    .description('take distributions out as one transaction')
    .argument('<name...>', 'names of distributions')
    .option('-y, --yes', 'accepted for the habit of it: nothing is asked')
    .action(async (names: string[], options) => (await import('./commands/uninstall.ts')).uninstall(names, options));

  withTargetOption(withEnvironmentOption(withCommonOptions(program.command('list'))))
    .description('what is in the environment')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['columns', 'freeze', 'json']).default('columns'),
    )
    .action(async (options) => (await import('./commands/list.ts')).list(options));

  withTargetOption(withEnvironmentOption(withCommonOptions(program.command('verify'))))
    .description('compare every file with RECORD and every path with its owners')
    .action(async (options) => (await import('./commands/verify.ts')).verify(options));

  withIndexOptions(withEnvironmentOption(withCommonOptions(program.command('repair'))))
    .description('put right what verify finds, from the store or the index, as one transaction')
    .option('--dry-run', 'say what would be done, change nothing')
    .action(async (options) => (await import('./commands/repair.ts')).repair(options));

  withEnvironmentOption(withCommonOptions(program.command('doctor')))
    .description('what is wrong with the environment and around it, and what to do')
    .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));

  withTargetOption(withEnvironmentOption(withCommonOptions(program.command('recover'))))
    .description('finish or undo what a dead process left')
    .option('--discard', 'give up a change whose journal is refused; all of it is kept aside')
    .action(async (options) => (await import('./commands/recover.ts')).recover(options));

  withEnvironmentOption(withCommonOptions(program.command('rollback')))
    .description('go back to an earlier generation')
    .argument('[generation]', 'its number; the one before the current by default')
    .action(async (generation: string | undefined, options) =>
      (await import('./commands/rollback.ts')).rollback(generation, options),
    );

  withEnvironmentOption(withCommonOptions(program.command('generations')))
    .description('the generations that can be gone back to')
    .action(async (options) => (await import('./commands/generations.ts')).generations(options));

  withEnvironmentOption(withCommonOptions(program.command('adopt')))
    .description('give an ordinary venv generations, with all that is in it; or take them away')
    .addOption(new Option('--to <layout>', 'what it is to become').choices(['own', 'plain']).default('own'))
    .action(async (options) => (await import('./commands/adopt.ts')).adopt(options));

  withTargetOption(withEnvironmentOption(withCommonOptions(program.command('freeze'))))
    .description('what is in the environment, as pins')
    .action(async (options) => (await import('./commands/list.ts')).list({ ...options, format: 'freeze' }));

  withEnvironmentOption(withCommonOptions(program.command('locks')))
    .description('who holds the lock of the environment')
    .option('--break', 'take the lock of a holder that is known to be dead away, on a file system without flock')
    .action(async (options) => (await import('./commands/locks.ts')).locks(options));

  withCommonOptions(program.command('cache'))
    .description('the store: its directory or size, whether it is sound, what nobody needs taken away')
    .addArgument(new Argument('<action>').choices(['dir', 'size', 'verify', 'prune', 'clean']))
    .option('--unused-for <days>', 'prune also what nobody has used for so long')
    .action(async (action, options) => (await import('./commands/cache.ts')).cache(action, options));

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

  return program;
}

/** Runs the command that `argv` (without node and script) names. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const { code, exitCode } = error as { code?: string; exitCode?: number };
    if (code === undefined || !code.startsWith('commander.')) throw error;
    // Asking for help or the version is no mistake; everything else that the parser refuses is one of usage.
    process.exitCode = exitCode === 0 ? 0 : 2;
  }
}

export type { CommonOptions };

void main(process.argv.slice(2));
