// The frame around every command: settings read, the tool opened, signals turned into an abort, and the outcome into an
// exit code. A first signal asks the command to stop before its commit; a second one ends the process at once, which
// every protocol below survives.
import { constants } from 'node:os';
import { isCodedError } from '@wheelwright/errors';
import { returnFreedMemory } from '@wheelwright/syscalls';
import {
  exitCodeOf,
  exitCodes,
  hintOf,
  openTool,
  readSettings,
  type SettingsOptions,
  type Tool,
  type ToolEvent,
  WheelwrightError,
} from 'wheelwright';
import { describeError, failureText } from './display/describe-error.ts';
import { Output, type OutputOptions } from './display/output.ts';
import type { Trace } from './display/trace.ts';

/** The options that every command takes. */
export interface CommonOptions extends OutputOptions {
  readonly store?: string | undefined;
  readonly lockTimeout?: string | undefined;
  readonly trace?: string | undefined;
  readonly indexUrl?: string | undefined;
  readonly indexStrategy?: SettingsOptions['indexStrategy'];
  readonly extraIndexUrl?: readonly string[] | undefined;
  readonly findLinks?: readonly string[] | undefined;
  readonly index?: boolean | undefined;
  readonly cert?: string | undefined;
  readonly trustedHost?: readonly string[] | undefined;
  readonly keyringProvider?: string | undefined;
  readonly buildConstraint?: readonly string[] | undefined;
  readonly remote?: string | boolean | undefined;
  readonly remoteExclude?: readonly string[] | undefined;
  readonly remoteWait?: string | undefined;
  readonly remoteRequired?: boolean | undefined;
}

/** A command's body: does its work with the tool, prints its result, may give an exit code other than 0. */
// biome-ignore lint/suspicious/noConfusingVoidType: a body that just returns has done what was asked.
export type CommandBody = (tool: Tool, output: Output) => Promise<number | void>;

// Pieces of a download are of this size, in bytes, and wheels larger.
const mappedFrom = 64 * 1024;

/** Runs one command and sets the process's exit code. */
export async function runCommand(
  options: CommonOptions,
  body: CommandBody,
  { watchesSignals = true }: { readonly watchesSignals?: boolean } = {},
): Promise<void> {
  const output = new Output(options);
  const startedMs = Date.now();
  const trace = options.trace === undefined ? undefined : await startTrace(startedMs);
  let downloads = false;
  const onEvent = (event: ToolEvent) => {
    if (event.event === 'downloading' && !downloads) {
      downloads = true;
      returnFreedMemory(mappedFrom);
    }
    trace?.add(event, Date.now());
    output.onEvent(event);
  };
  const abort = new AbortController();
  const received = watchesSignals ? watchSignals(abort) : { signal: undefined };
  let tool: Tool | undefined;
  let exitCode = 0;
  // Node ends a program that waits for what can never come, with the exit code of one that has done its work.
  const onStall = () => {
    output.close();
    output.error('ww: The command waits for something that cannot happen any more. This is a bug of ww.');
    process.exitCode = exitCodes.bug;
  };
  process.once('beforeExit', onStall);
  try {
    tool = openTool(readSettings(toSettings(options)), { signal: abort.signal, onEvent });
    if (tool.settings.remote?.required === true) await tool.remote();
    exitCode = (await body(tool, output)) ?? 0;
  } catch (error) {
    output.close();
    exitCode = report(error, output, received.signal !== undefined);
  }
  output.close();
  try {
    await tool?.close();
  } catch (error) {
    if (exitCode === 0) exitCode = report(error, output, false);
  }
  if (received.signal !== undefined) exitCode = 128 + constants.signals[received.signal];
  if (trace !== undefined && options.trace !== undefined) exitCode = writeTrace(trace, options.trace, output, exitCode);
  output.event({ event: 'end', exitCode });
  if (output.lost !== undefined && exitCode === 0) {
    exitCode = exitCodes.disk;
    output.error(`ww: Not all of the result could be written to stdout: ${output.lost.message}.`);
  }
  process.removeListener('beforeExit', onStall);
  process.exitCode = exitCode;
}

async function startTrace(now: number): Promise<Trace> {
  const { Trace } = await import('./display/trace.ts');
  return new Trace(now);
}

/** Reports a trace that cannot be written. The result of the command does not change. */
function writeTrace(trace: Trace, file: string, output: Output, exitCode: number): number {
  try {
    trace.write(file, `ww ${process.argv.slice(2).join(' ')}`, Date.now());
    return exitCode;
  } catch (error) {
    return exitCode === 0 ? report(error, output, false) : exitCode;
  }
}

function toSettings(options: CommonOptions): SettingsOptions {
  return {
    storeDir: options.store,
    indexUrl: options.indexUrl,
    extraIndexUrls: options.extraIndexUrl,
    findLinks: options.findLinks,
    noIndex: options.index === false ? true : undefined,
    indexStrategy: options.indexStrategy,
    certPath: options.cert,
    trustedHosts: options.trustedHost,
    keyringProvider: options.keyringProvider,
    buildConstraintFiles: options.buildConstraint,
    lockTimeoutMs: readMs('--lock-timeout', options.lockTimeout),
    remote: options.remote === true ? undefined : options.remote,
    remoteRequired: options.remoteRequired,
    remoteWaitMs: readMs('--remote-wait', options.remoteWait),
    remoteExcluded: options.remoteExclude,
  };
}

function readMs(name: string, text: string | undefined): number | undefined {
  const seconds = text === undefined ? undefined : Number(text);
  if (seconds !== undefined && !(seconds >= 0))
    throw new WheelwrightError('WHEELWRIGHT_USAGE', `${name} is ${text}, not a number of seconds.`);
  return seconds === undefined ? undefined : seconds * 1000;
}

function report(error: unknown, output: Output, interrupted: boolean): number {
  const exitCode = exitCodeOf(error);
  const known = isCodedError(error);
  const message = describeError(error);
  output.event({
    event: 'error',
    code: known ? error.code : ((error as NodeJS.ErrnoException).code ?? 'BUG'),
    message,
    hint: hintOf(error),
    data: known ? error.data : undefined,
    exitCode,
  });
  if (interrupted) output.error(`ww: interrupted. ${output.account}`);
  else if (exitCode === 1)
    output.error(`ww: this is a bug in wheelwright: ${error instanceof Error ? error.stack : message}`);
  else output.error(failureText(error));
  return exitCode;
}

function watchSignals(abort: AbortController): { signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined } {
  const received: ReturnType<typeof watchSignals> = { signal: undefined };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (received.signal !== undefined) process.exit(128 + constants.signals[signal]);
      received.signal = signal;
      abort.abort(new Error(`received ${signal}`));
    });
  }
  return received;
}
