// The parser, and the options that several commands have in common, each with one help text.
import { Argument, Command, Help, type HelpConfiguration, Option } from 'commander';

export { Argument, Command, Help, type HelpConfiguration, Option };

/** For options that may be given several times. */
export const collect = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

/** The options that every command takes; the line may have them before the command too. */
export function withCommonOptions(command: Command): Command {
  return command
    .optionsGroup('Global options:')
    .option('--json', 'print events as JSON lines')
    .option('-q, --quiet', 'print only results and errors')
    .option('-v, --verbose', 'print more details')
    .option('--no-progress', 'do not draw a live display')
    .option('--trace <file>', 'write a trace for Perfetto or chrome://tracing')
    .addOption(
      new Option('--color <when>', 'when to use colours (NO_COLOR, FORCE_COLOR)').choices(['auto', 'always', 'never']),
    )
    .addOption(new Option('--no-color', 'the same as --color never'))
    .option('--store <dir>', 'the directory of the store (WHEELWRIGHT_STORE)')
    .option('--lock-timeout <seconds>', 'wait at most this long for a lock (WHEELWRIGHT_LOCK_TIMEOUT, 300)');
}

/** The common options of which the next word is the value, for a line that has them before its command. */
export const commonOptionsWithValue = ['--color', '--store', '--lock-timeout', '--trace'] as const;

export function withIndexOptions(command: Command): Command {
  return withRemoteOptions(command)
    .optionsGroup('Index options:')
    .option('-i, --index-url <url>', 'the package index')
    .option('--extra-index-url <url>', 'an additional index, asked first', collect)
    .addOption(
      new Option(
        '--index-strategy <strategy>',
        'use the first index that has a name (default), or the best match of all',
      ).choices(['first-index', 'unsafe-best-match']),
    )
    .option('-f, --find-links <place>', 'a directory, page or URL that links to wheels and sdists', collect)
    .option('--no-index', 'use no index, only --find-links')
    .option('--cert <file>', 'the certificates to trust, as a PEM file')
    .option('--trusted-host <host>', 'do not check the certificate of this host', collect)
    .option('--keyring-provider <provider>', 'ask the program keyring for credentials (disabled by default)');
}

/** How artifacts are chosen. Formats keep the order of the line: a later one takes a name from an earlier one. */
export function withChoiceOptions(command: Command): Command {
  const formats: string[] = [];
  const remember = (name: string) => (value: string) => {
    formats.push(`${name}=${value}`);
    return [...formats];
  };
  return command
    .optionsGroup('Resolver options:')
    .option('--pre', 'allow pre-releases')
    .addOption(new Option('--prerelease <when>', 'the same as --pre').choices(['allow', 'if-necessary']).hideHelp())
    .option('--prerelease-of <name>', 'allow pre-releases of this package', collect)
    .addOption(
      new Option('--resolution <order>', 'the version to prefer').choices(['highest', 'lowest', 'lowest-direct']),
    )
    .option('--exclude-newer <date>', 'ignore files that were uploaded later')
    .option(
      '--only-binary <names>',
      'use no sdists of these packages (comma-separated, :all:, :none:)',
      remember('--only-binary'),
    )
    .option(
      '--no-binary <names>',
      'use no wheels of these packages (comma-separated, :all:, :none:)',
      remember('--no-binary'),
    )
    .option('--no-build', 'never build: the same as --only-binary :all:')
    .option('--prefer-binary', 'prefer an older wheel to a newer sdist')
    .option('--require-hashes', 'require a hash for every artifact; implied by any --hash')
    .option('--no-cache-dir', 'accepted and ignored: files are installed from the store')
    .option('--use-feature <name>', 'accepted and ignored', collect);
}

/** For commands that bring wheels or build. */
export function withRemoteOptions(command: Command): Command {
  return command
    .optionsGroup('Remote cache options:')
    .option('--remote <url>', 'the remote cache: s3://BUCKET/PREFIX or a URL (WHEELWRIGHT_REMOTE)')
    .option('--no-remote', 'use no remote cache')
    .option('--remote-exclude <name>', 'do not share builds of this package', collect)
    .option('--remote-wait <seconds>', 'wait at most this long for the same build of another machine (600)')
    .option('--remote-required', 'fail if the remote cache cannot be used');
}

/** How sources are built on the way into an environment. */
export function withBuildOptions(command: Command): Command {
  return command
    .optionsGroup('Build options:')
    .option('-C, --config-setting <key=value>', 'pass a setting to every build backend', collect)
    .addOption(new Option('--config-settings <key=value>', 'the same').argParser(collect).hideHelp())
    .option('-b, --build-constraint <file>', 'constrain the versions of build requirements', collect)
    .option('--config-settings-package <name:key=value>', 'pass a setting to the build backend of one package', collect)
    .option('--no-build-isolation', "do not isolate builds: run backends with the environment's Python");
}

export function withEnvironmentOption(command: Command): Command {
  return command
    .optionsGroup('Environment options:')
    .option(
      '-p, --python <environment>',
      'the environment: its directory or its interpreter (default: VIRTUAL_ENV, then the nearest .venv)',
    );
}

export function withCheckOptions(command: Command): Command {
  return command
    .optionsGroup('Check options:')
    .option('--check <what>', "'imports', or a command to run in the new environment before the switch", collect)
    .option('--check-timeout <seconds>', 'stop a check that takes longer (300)');
}

export function withTargetOption(command: Command): Command {
  return command.option('-t, --target <dir>', 'install into a directory that is not an environment');
}

/** For what changes it; wheels for another machine are chosen by what a person says of it. */
export function withPlaceOptions(command: Command): Command {
  return withTargetOption(withEnvironmentOption(command)).option(
    '--break-system-packages',
    "allow a change of the system's Python",
  );
}

export function withPlatformOptions(command: Command): Command {
  return command
    .optionsGroup('Cross-platform options:')
    .option('--platform <tag>', 'with --target: wheels for this platform (manylinux_2_28_x86_64)', collect)
    .option('--python-version <version>', 'with --target: wheels for this Python (3.11)')
    .option('--implementation <name>', 'with --target: wheels for this implementation (cp, pp, py)')
    .option('--abi <tag>', 'with --target: wheels for this ABI (cp311)', collect);
}
