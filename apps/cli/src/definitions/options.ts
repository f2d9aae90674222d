// The parser, and the options that several commands have in common, each with one help text.
import { Argument, Command, Help, type HelpConfiguration, Option } from 'commander';

export { Argument, Command, Help, type HelpConfiguration, Option };

/** For options that may be given several times. */
export const collect = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

/** The options that every command takes; the line may have them before the command too. */
export function withCommonOptions(command: Command): Command {
  return command
    .optionsGroup('Everywhere:')
    .option('--json', 'print events as JSON lines on stdout')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print more')
    .option('--no-progress', 'show no live display on a terminal')
    .option('--trace <file>', 'write a trace of the run for Perfetto and chrome://tracing')
    .addOption(
      new Option('--color <when>', 'when to print colours (NO_COLOR, FORCE_COLOR)').choices([
        'auto',
        'always',
        'never',
      ]),
    )
    .addOption(new Option('--no-color', 'the same as --color never'))
    .option('--store <dir>', 'the store (WHEELWRIGHT_STORE)')
    .option('--lock-timeout <seconds>', 'how long to wait for a lock (WHEELWRIGHT_LOCK_TIMEOUT, 300)');
}

/** The common options of which the next word is the value, for a line that has them before its command. */
export const commonOptionsWithValue = ['--color', '--store', '--lock-timeout', '--trace'] as const;

export function withIndexOptions(command: Command): Command {
  return withRemoteOptions(command)
    .optionsGroup('Where packages come from:')
    .option('-i, --index-url <url>', 'the index to look packages up in')
    .option('--extra-index-url <url>', 'a further index, asked before the other one', collect)
    .addOption(
      new Option(
        '--index-strategy <strategy>',
        'the first index that has a name counts (default), or the best match of all',
      ).choices(['first-index', 'unsafe-best-match']),
    )
    .option('-f, --find-links <place>', 'a directory, page or URL that links to wheels', collect)
    .option('--no-index', 'look packages up in no index, only in --find-links')
    .option('--cert <file>', 'certificates to trust instead of the usual ones')
    .option('--trusted-host <host>', 'a host to talk to without checking its certificate', collect)
    .option('--keyring-provider <provider>', 'subprocess: ask the program keyring for credentials (disabled)');
}

/** How artifacts are chosen. Formats keep the order of the line: a later one takes a name from an earlier one. */
export function withChoiceOptions(command: Command): Command {
  const formats: string[] = [];
  const remember = (name: string) => (value: string) => {
    formats.push(`${name}=${value}`);
    return [...formats];
  };
  return command
    .optionsGroup('Which files:')
    .option('--pre', 'accept pre-releases')
    .addOption(new Option('--prerelease <when>', 'the same as --pre').choices(['allow', 'if-necessary']).hideHelp())
    .option('--prerelease-of <name>', 'accept pre-releases of this package', collect)
    .addOption(
      new Option('--resolution <order>', 'which version is tried first').choices([
        'highest',
        'lowest',
        'lowest-direct',
      ]),
    )
    .option('--exclude-newer <date>', 'only files that were uploaded by then')
    .option(
      '--only-binary <names>',
      'no sdists of these packages (a list with commas, :all:, :none:)',
      remember('--only-binary'),
    )
    .option(
      '--no-binary <names>',
      'no wheels of these packages (a list with commas, :all:, :none:)',
      remember('--no-binary'),
    )
    .option('--no-build', 'build nothing: the same as --only-binary :all:')
    .option('--prefer-binary', 'an older wheel rather than a newer sdist')
    .option('--require-hashes', 'every artifact needs a stated hash; any --hash in a file implies it')
    .option('--no-cache-dir', 'accepted for the habit of it: files are installed from the store')
    .option('--use-feature <name>', 'accepted for the habit of it', collect);
}

/** For commands that bring wheels or build. */
export function withRemoteOptions(command: Command): Command {
  return command
    .optionsGroup('A cache of many machines:')
    .option('--remote <url>', 's3://bucket/prefix, or an HTTP cache (WHEELWRIGHT_REMOTE)')
    .option('--no-remote', 'use none, whatever the environment names')
    .option('--remote-exclude <name>', 'do not share builds of this distribution', collect)
    .option('--remote-wait <seconds>', 'how long to wait for another machine that builds the same (600)')
    .option('--remote-required', 'end at once where the remote cannot be used');
}

/** How sources are built on the way into an environment. */
export function withBuildOptions(command: Command): Command {
  return command
    .optionsGroup('How sources are built:')
    .option('-C, --config-setting <key=value>', 'a setting for the backend of every source', collect)
    .addOption(new Option('--config-settings <key=value>', 'the same').argParser(collect).hideHelp())
    .option('-b, --build-constraint <file>', 'hold what builds require to these versions', collect)
    .option('--config-settings-package <name:key=value>', 'a setting for the backend of one package', collect)
    .option('--no-build-isolation', "run backends in the environment's own interpreter");
}

export function withEnvironmentOption(command: Command): Command {
  return command
    .optionsGroup('Which environment:')
    .option(
      '-p, --python <environment>',
      'the environment: its directory or its interpreter (VIRTUAL_ENV, .venv upwards)',
    );
}

export function withCheckOptions(command: Command): Command {
  return command
    .optionsGroup('Before the commit:')
    .option('--check <what>', "'imports', or a command to run in the new environment before anyone sees it", collect)
    .option('--check-timeout <seconds>', 'end a check that takes longer (300)');
}

export function withTargetOption(command: Command): Command {
  return command.option('-t, --target <dir>', 'a directory instead of an environment; scripts go into its bin');
}

/** For what changes it; wheels for another machine are chosen by what a person says of it. */
export function withPlaceOptions(command: Command): Command {
  return withTargetOption(withEnvironmentOption(command)).option(
    '--break-system-packages',
    'change also what the package manager of the system keeps',
  );
}

export function withPlatformOptions(command: Command): Command {
  return command
    .optionsGroup('For another machine:')
    .option('--platform <tag>', 'with --target: wheels for this platform (manylinux_2_28_x86_64)', collect)
    .option('--python-version <version>', 'with --target: wheels for this Python (3.11)')
    .option('--implementation <name>', 'with --target: wheels for this implementation (cp, pp, py)')
    .option('--abi <tag>', 'with --target: wheels for this ABI (cp311)', collect);
}
