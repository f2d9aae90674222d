// `ww install` and `ww sync`: both end in the same account of what changed.
import {
  type CheckOptions,
  type InstallOptions,
  type InstallOutcome,
  install as installRequirements,
  sync as syncFiles,
  type Tool,
  WheelwrightError,
} from 'wheelwright';
import { type BuildFlags, readBuild } from '../build-flags.ts';
import { type ChoiceFlags, readChoices } from '../choice-options.ts';
import { printChange, summarize } from '../display/account.ts';
import type { Output } from '../display/output.ts';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';
import { readSurroundings } from '../settled/fingerprint.ts';
import { remember } from '../settled/remember.ts';

export interface InstallCommandOptions extends CommonOptions, PlaceFlags, ChoiceFlags, BuildFlags {
  readonly requirement?: readonly string[];
  readonly constraint?: readonly string[];
  readonly editable?: readonly string[];
  readonly extra?: readonly string[];
  readonly group?: readonly string[];
  readonly installProject?: boolean;
  readonly override?: readonly string[];
  readonly report?: string;
  readonly upgradeStrategy?: 'only-if-needed' | 'eager';
  readonly deps?: boolean;
  readonly upgrade?: boolean;
  readonly forceReinstall?: boolean;
  readonly dryRun?: boolean;
  readonly compile?: boolean;
  readonly onConflict?: 'error' | 'last-wins';
  readonly check?: readonly string[];
  readonly checkTimeout?: string;
}

export async function install(requirements: readonly string[], options: InstallCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    await installInto(tool, output, {
      ...readChange(options),
      requirements,
      editables: options.editable,
      requirementFiles: options.requirement,
      overrideFiles: options.override,
      reportFile: options.report,
      dependencyGroups: options.group,
      upgradeStrategy: options.upgradeStrategy,
      noDeps: options.deps === false,
      upgrade: options.upgrade,
      forceReinstall: options.forceReinstall,
      command: ['ww install', ...requirements].join(' '),
    });
  });
}

/** Installs, and prints what has changed. */
export async function installInto(tool: Tool, output: Output, options: InstallOptions): Promise<void> {
  const startedAt = Date.now();
  output.accounts = true;
  const outcome = await installRequirements(tool, options);
  report(outcome, output, startedAt);
  await rememberSettled(outcome, output, startedAt);
}

export async function sync(files: readonly string[], options: InstallCommandOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const startedAt = Date.now();
    output.accounts = true;
    const outcome = await syncFiles(tool, {
      ...readChange(options),
      files,
      extras: options.extra,
      groups: options.group,
      installProject: options.installProject,
      command: ['ww sync', ...files].join(' '),
    });
    report(outcome, output, startedAt);
    await rememberSettled(outcome, output, startedAt);
  });
}

/** Lets the next run of this very command be answered at once, where it had nothing to do. */
async function rememberSettled({ environment, change, basis }: InstallOutcome, output: Output, startedAt: number) {
  const isTraced = process.argv.some((word) => word.startsWith('--trace'));
  const nothing =
    change !== undefined && change.installed.length + change.upgraded.length + change.removed.length === 0;
  if (!nothing || basis === undefined || output.json || output.hasWarned || isTraced) return;
  const surroundings = readSurroundings();
  await remember(process.argv.slice(2), surroundings, {
    ...basis,
    startedAt,
    environmentDir: environment.dir,
    stdout: output.printed,
  });
}

/** What `ww install` and `ww sync` have in common: where, how wheels are chosen and built, how the change is made. */
function readChange(options: InstallCommandOptions) {
  return {
    ...readPlace(options),
    ...readBuild(options),
    ...readChoices(options),
    ...readCheck(options),
    constraintFiles: options.constraint,
    dryRun: options.dryRun,
    compile: options.compile === true,
    onConflict: options.onConflict,
  };
}

function readCheck({ check, checkTimeout }: InstallCommandOptions): CheckOptions {
  const seconds = checkTimeout === undefined ? undefined : Number(checkTimeout);
  if (seconds !== undefined && !(seconds > 0))
    throw new WheelwrightError('WHEELWRIGHT_USAGE', `--check-timeout is ${checkTimeout}, not a number of seconds.`);
  return { check, checkTimeoutMs: seconds === undefined ? undefined : seconds * 1000 };
}

function report({ environment, resolved, change }: InstallOutcome, output: Output, startedMs: number): void {
  if (change === undefined) {
    const planned = resolved.filter(({ source }) => source.from !== 'installed');
    output.event({
      event: 'planned',
      environment: environment.dir,
      packages: planned.map(({ name, version }) => ({ name, version })),
    });
    for (const { name, version } of planned) output.result(`would install ${name} ${version}`);
    if (planned.length === 0) output.result('nothing to do');
    return;
  }
  const { installed, removed, upgraded, generation } = change;
  output.event({
    event: 'changed',
    environment: environment.dir,
    generation,
    committed: change.committed,
    installed,
    removed,
    upgraded,
    reinstalled: change.reinstalled,
    waitedMs: change.waitedMs,
  });
  printChange(output, change);
  if (installed.length + upgraded.length + removed.length === 0)
    output.result('nothing to do: everything is installed');
  else output.message(summarize(change, Date.now() - startedMs));
}
