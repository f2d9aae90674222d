// One resident Python process that has imported a build backend and forks for each hook. The hook's process group is
// ended with it; the resident and all hooks end when Node does. Protocol: docs/protocols/build.md.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { BackendRef } from '../project/project.ts';
import type { HookName, HookOutcome } from './hook-outcome.ts';
import { requireStreams } from './require-streams.ts';
import { runnerBootstrap, runnerScript } from './runner-script.ts';

export interface StartRunnerOptions {
  /** The Python of the build environment. */
  readonly python: string;
  /** Its whole environment; nothing is added. */
  readonly environment: NodeJS.ProcessEnv;
  readonly backend: BackendRef;
  /** Absolute directories of an in-tree backend. */
  readonly backendPath: readonly string[];
  /** Where the resident itself stands; each hook names its own tree. */
  readonly cwd: string;
  /** Modules to import beside it; those that are not there are passed over. */
  readonly preload?: readonly string[] | undefined;
  /** Hooks end without taking the interpreter apart: only where it is known whose code runs in them. */
  readonly endsAtOnce?: boolean | undefined;
  /** Absolute paths whose content is known otherwise: what is used elsewhere is noted. Undefined: nothing is noted. */
  readonly observe?: readonly string[] | undefined;
  /** Descriptors that the runner keeps open for as long as it lives: locks and leases. */
  readonly inheritFds?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the import prints. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

export interface HookCall {
  readonly hook: HookName;
  readonly args: readonly unknown[];
  readonly cwd: string;
  readonly environ?: Readonly<Record<string, string>> | undefined;
  /** Where and how the hook notes what it uses; undefined: it does not. */
  readonly observed?: ObservedCall | undefined;
  /** The mask of the modes of new files; that of this process unless given. */
  readonly umask?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

/** A hook that notes what it uses. */
export interface ObservedCall {
  /** The directory that holds the tree and the links to what lies beside it. */
  readonly beside: string;
  /** Where the notes go, a line each; see read-notes.ts. */
  readonly notesFile: string;
  /** Comes first on PYTHONPATH, so that other Pythons note too; see child-script.ts. */
  readonly childDir: string;
  /** Directories of the build that the hook may use as it likes. */
  readonly private: readonly string[];
}

/** How long what is asked to end may take before it is killed. */
const graceMs = 2000;

interface Waiting {
  readonly onOutput: ((chunk: Buffer) => void) | undefined;
  readonly settle: (outcome: HookOutcome) => void;
  pid?: number;
}

/** A started runner. It must be closed; {@link BackendRunner.start} gives one whose backend is imported or is known not to be. */
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
      // What was written before the exit may still be on its way: the answers are read to their end first.
      child.once('exit', (code, name) => {
        // What watched over the import keeps the descriptor, and the group its number.
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

  /** Runs one hook in a process of its own. Several may run at once. On abort its group is ended: SIGTERM, then SIGKILL. */
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

  /** Whether its process is gone: no hook can be called any more. */
  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** Ends the runner and every hook that still runs; returns when its processes are gone. */
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

  /** The resident is gone: its hooks must not go on without anyone who waits for them. */
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
    // It has ended meanwhile.
  }
}

function signalNumber(name: NodeJS.Signals | null): number | undefined {
  return name === null ? undefined : { SIGTERM: 15, SIGKILL: 9, SIGSEGV: 11, SIGABRT: 6, SIGINT: 2 }[name as string];
}
