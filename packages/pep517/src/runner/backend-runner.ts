// A resident Python process that has imported a build backend and forks for each hook. When a hook ends, its process group
// is ended. The resident and all hooks end when Node does. Protocol: docs/protocols/build.md.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { BackendRef } from '../project/project.ts';
import type { HookName, HookOutcome } from './hook-outcome.ts';
import { requireStreams } from './require-streams.ts';
import { runnerBootstrap, runnerScript } from './runner-script.ts';

export interface StartRunnerOptions {
  /** The Python of the build environment. */
  readonly python: string;
  /** All environment variables; nothing is added. */
  readonly environment: NodeJS.ProcessEnv;
  readonly backend: BackendRef;
  /** Absolute directories of an in-tree backend. */
  readonly backendPath: readonly string[];
  /** The working directory of the resident. Each hook names its own tree. */
  readonly cwd: string;
  /** Further modules to import. Missing ones are skipped. */
  readonly preload?: readonly string[] | undefined;
  /** Whether hooks end without finalizing the interpreter. Set it only if the code that runs in them is known. */
  readonly endsAtOnce?: boolean | undefined;
  /** Absolute paths whose content the key covers. Files outside of them are observed. Undefined: nothing is observed. */
  readonly observe?: readonly string[] | undefined;
  /** Descriptors of locks and leases that the runner keeps open until it ends. */
  readonly inheritFds?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives the output of the import. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

export interface HookCall {
  readonly hook: HookName;
  readonly args: readonly unknown[];
  readonly cwd: string;
  readonly environ?: Readonly<Record<string, string>> | undefined;
  /** How the hook records its inputs; undefined if it does not. */
  readonly observed?: ObservedCall | undefined;
  /** The umask of the hook; by default that of this process. */
  readonly umask?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

/** Options of a hook that records its inputs. */
export interface ObservedCall {
  /** The directory that holds the tree and links to its surroundings. */
  readonly beside: string;
  /** The file for the records, one line each; see read-notes.ts. */
  readonly notesFile: string;
  /** First on PYTHONPATH, so that other Pythons record their inputs too; see child-script.ts. */
  readonly childDir: string;
  /** Private directories of the build, which are not inputs. */
  readonly private: readonly string[];
}

/** How long a process may take to end after SIGTERM before it gets SIGKILL, in ms. */
const graceMs = 2000;

interface Waiting {
  readonly onOutput: ((chunk: Buffer) => void) | undefined;
  readonly settle: (outcome: HookOutcome) => void;
  pid?: number;
}

/** A running resident, to be closed by the caller. {@link BackendRunner.start} returns it after the import has succeeded or failed. */
export class BackendRunner {
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #pending = '';
  #hasExited = false;
  #exit: HookOutcome = { outcome: 'exited' };

  private constructor(child: ChildProcess, onOutput: ((chunk: Buffer) => void) | undefined) {
    this.#child = child;
    this.#control = child.stdio[3] as Duplex;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => onOutput?.(chunk));
      stream.on('error', () => {});
    }
    child.stdin!.on('error', () => {});
    this.#control.on('error', () => {});
    this.#control.setEncoding('utf8');
    this.#control.on('data', (text: string) => this.#receive(text));
    this.#ended = new Promise((resolve) => {
      const end = (exit: HookOutcome) => {
        if (this.#hasExited) return;
        this.#hasExited = true;
        this.#exit = exit;
        this.#abandon();
        resolve();
      };
      child.once('error', (error) => end({ outcome: 'unavailable', error: error.message, traceback: error.message }));
      // Answers written before the exit may still be in the pipe: read it to its end first.
      child.once('exit', (code, name) => {
        // The process that watched the import keeps the descriptor open and the group id in use.
        if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
        const exit = { outcome: 'exited', status: code ?? undefined, signal: signalNumber(name) } as const;
        if (this.#control.readableEnded || this.#control.destroyed) end(exit);
        else {
          this.#control.once('close', () => end(exit));
          this.#control.once('end', () => end(exit));
        }
      });
    });
  }

  /** Starts Python and has it import the backend. The second value says how the import ended. */
  static async start(options: StartRunnerOptions): Promise<{ runner: BackendRunner; imported: HookOutcome }> {
    const child = spawn(options.python, ['-c', runnerBootstrap], {
      cwd: options.cwd,
      env: options.environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', ...(options.inheritFds ?? [])],
    });
    await requireStreams(child);
    const runner = new BackendRunner(child, options.onOutput);
    child.stdin!.end(runnerScript);
    const { module, object } = options.backend;
    const { backendPath, preload, endsAtOnce, observe } = options;
    const load = { module, object, backendPath, preload, endsAtOnce, observe };
    const imported = await runner.#request({ load }, options, () => runner.#signalSelf('SIGKILL'));
    return { runner, imported };
  }

  /** Runs one hook in a process of its own. Several may run at once. An abort ends its group: SIGTERM, then SIGKILL. */
  call(call: HookCall): Promise<HookOutcome> {
    const { hook, args, cwd, environ = {}, observed, umask } = call;
    return this.#request({ hook, args, cwd, environ, observed, umask }, call, (id) => {
      this.#send({ id, kill: 15 });
      return setTimeout(() => {
        this.#send({ id, kill: 9 });
        setTimeout(() => this.#signalSelf('SIGKILL'), graceMs).unref();
      }, graceMs);
    });
  }

  /** Whether its process has ended. Then no hook can be called. */
  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** Ends the runner and every running hook. Returns when their processes have ended. */
  async close(): Promise<void> {
    if (this.#hasExited) return;
    this.#control.end();
    const impatient = setTimeout(() => this.#signalSelf('SIGKILL'), 2 * graceMs);
    await this.#ended;
    clearTimeout(impatient);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #request(
    message: Record<string, unknown>,
    options: { signal?: AbortSignal | undefined; onOutput?: ((chunk: Buffer) => void) | undefined },
    stop: (id: number) => NodeJS.Timeout | undefined,
  ): Promise<HookOutcome> {
    if (this.#hasExited) return this.#exit;
    this.#lastId += 1;
    const id = this.#lastId;
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      timer = stop(id);
    };
    const outcome = await new Promise<HookOutcome>((resolve) => {
      this.#waiting.set(id, { settle: resolve, onOutput: options.onOutput });
      this.#send({ ...message, id });
      if (options.signal?.aborted) onAbort();
      else options.signal?.addEventListener('abort', onAbort, { once: true });
    });
    options.signal?.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    return outcome;
  }

  #send(message: unknown): void {
    if (!this.#control.destroyed && !this.#control.writableEnded) this.#control.write(`${JSON.stringify(message)}\n`);
  }

  #receive(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop()!;
    for (const line of lines) {
      const { id, pid, output, ...outcome } = JSON.parse(line) as { id: number; pid?: number; output?: string };
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      if (pid !== undefined) waiting.pid = pid;
      else if (output !== undefined) waiting.onOutput?.(Buffer.from(output, 'latin1'));
      else {
        this.#waiting.delete(id);
        waiting.settle(outcome as HookOutcome);
      }
    }
  }

  /** The resident has ended, so its hooks must end too. */
  #abandon(): void {
    for (const { pid, settle } of this.#waiting.values()) {
      if (pid !== undefined) killGroup(pid, 'SIGKILL');
      settle(this.#exit);
    }
    this.#waiting.clear();
  }

  #signalSelf(name: NodeJS.Signals): undefined {
    if (!this.#hasExited && this.#child.pid !== undefined) killGroup(this.#child.pid, name);
  }
}

function killGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has already ended.
  }
}

function signalNumber(name: NodeJS.Signals | null): number | undefined {
  return name === null ? undefined : { SIGTERM: 15, SIGKILL: 9, SIGSEGV: 11, SIGABRT: 6, SIGINT: 2 }[name as string];
}
