// Distributes the work of filling a store: the main thread unpacks the first small wheels, threads beside it the rest, once
// there is enough work to pay for their start. Each has one task at a time. The main thread alone gives names, so a thread
// that dies leaves staged work.
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Fs, LinkWork } from '@wheelwright/atomic-fs';
import { unpackError } from './fill/carried-error.ts';
import { type FillTask, runTask } from './fill/task.ts';
import { StoreError } from './store-error.ts';
import { isLinkWork, type ThreadTask } from './thread-task.ts';
import type { WorkerAnswer } from './unpack-worker.ts';

export interface UnpackPoolOptions {
  readonly fs: Fs;
  readonly signal?: AbortSignal | undefined;
  /** The file that threads run; undefined: all is done in this thread. */
  readonly workerPath?: string | undefined;
}

interface Job<Task extends ThreadTask = ThreadTask> {
  readonly task: Task;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface FillJob extends Job<FillTask> {
  readonly weight: number;
}

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  job: Job | undefined;
}

/** So many bytes of wheels are unpacked in the time that a thread takes to start. */
const worthAThread = 1024 * 1024;
/** So many files are linked in twice the time that a thread takes to start. */
const worthALinkingThread = 4_000;
/** At most so many threads unpack at once. */
export const mostThreads = () => Math.min(availableParallelism(), 4);

// Three semi-spaces of a megabyte: a thread handles memory that it uses again, and few objects.
const resourceLimits = { maxYoungGenerationSizeMb: 3 };

export class UnpackPool {
  readonly #options: UnpackPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue: FillJob[] = [];
  readonly #onAbort = () => this.#stop(this.#options.signal?.reason);
  #workerPath: string | undefined;
  /** Bytes of wheels that are on their way, and of all that ever were, or might have been. */
  #expected = 0;
  #seen = 0;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(options: UnpackPoolOptions) {
    this.#options = options;
    this.#workerPath = options.workerPath;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Says that a wheel of `size` bytes will come, so that threads start while it is fetched. What is returned is called
   * when nothing of it is left to do.
   */
  expect(size: number): () => void {
    this.#expected += size;
    this.suspect(size);
    return () => {
      this.#expected -= size;
    };
  }

  /** Says that one may come, so that a first thread starts while it is found out. */
  suspect(size: number): void {
    this.#seen += size;
    while (this.#stopped === undefined && this.#threads.size < this.#wanted()) {
      if (this.#startThread() === undefined) break;
    }
  }

  /** Does it, here or beside. Throws what it throws, STORE_UNPACK_DIED, and the signal's reason. */
  async run(task: FillTask): Promise<void> {
    this.requireOpen();
    if (this.#threads.size === 0) return this.#runHere(task);
    return new Promise((resolve, reject) => {
      // The largest wheel first, since the others can be done beside it.
      const weight = typeof task.wheel === 'string' ? statSync(task.wheel).size : task.wheel.length;
      const at = this.#queue.findIndex((queued) => queued.weight < weight);
      this.#queue.splice(at < 0 ? this.#queue.length : at, 0, { task, weight, resolve, reject });
      this.#dispatch();
    });
  }

  /** Says that many files will be linked, so that a thread starts meanwhile. */
  expectLinks(files: number): void {
    if (files >= worthALinkingThread && this.#stopped === undefined && this.#threads.size === 0) this.#startThread();
  }

  /** Links beside, in a thread that is free at this moment; undefined: there is none. Rejects with what the disk throws. */
  link(work: LinkWork): Promise<void> | undefined {
    const idle = this.#stopped === undefined ? this.#idleThread() : undefined;
    return idle && new Promise((resolve, reject) => this.#give(idle, { task: work, resolve, reject }));
  }

  /** Throws the signal's reason, or STORE_CLOSED after `close`. */
  requireOpen(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    this.#options.signal?.throwIfAborted();
  }

  /** Ends all threads; what is being done is rejected with STORE_CLOSED. */
  close(): void {
    this.#stop(new StoreError('STORE_CLOSED', 'The store was closed while something was being put into it.'));
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  #wanted(): number {
    // A first one once the small wheels of all this store's time have become many.
    const first = this.#seen >= worthAThread ? 1 : 0;
    return Math.min(mostThreads(), Math.max(first, Math.floor(this.#expected / worthAThread)));
  }

  #runHere(task: FillTask): Promise<void> {
    return runTask(task, this.#options.fs, this.#options.signal);
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#stopped === undefined) {
      const idle = this.#idleThread();
      if (idle === undefined) return;
      this.#give(idle, this.#queue.shift()!);
    }
  }

  // A thread that does not come to work would take a wheel's memory with it, so work is given to those that run.
  #idleThread(): Thread | undefined {
    return [...this.#threads].find(({ job, isReady }) => job === undefined && isReady);
  }

  #give(thread: Thread, job: Job): void {
    thread.job = job;
    thread.worker.ref();
    thread.worker.postMessage(job.task, ownedMemory(job.task));
  }

  #startThread(): Thread | undefined {
    if (this.#workerPath === undefined) return undefined;
    let worker: Worker;
    try {
      worker = new Worker(this.#workerPath, { resourceLimits });
    } catch {
      this.#workerPath = undefined;
      return undefined;
    }
    const thread: Thread = { worker, isReady: false, job: undefined };
    this.#threads.add(thread);
    // It keeps the process alive only while a caller waits for its result.
    worker.unref();
    worker.on('message', (answer: WorkerAnswer) => this.#onAnswer(thread, answer));
    worker.on('error', (error) => this.#onDeath(thread, error));
    worker.on('exit', () => this.#onDeath(thread, undefined));
    return thread;
  }

  #onAnswer(thread: Thread, answer: WorkerAnswer): void {
    if (answer === 'ready') {
      thread.isReady = true;
      this.#dispatch();
      return;
    }
    const { job } = thread;
    thread.job = undefined;
    thread.worker.unref();
    if (answer === 'done') job?.resolve();
    else job?.reject(unpackError(answer));
    this.#dispatch();
  }

  #onDeath(thread: Thread, cause: unknown): void {
    if (!this.#threads.delete(thread) || this.#stopped !== undefined) return;
    const { job, isReady } = thread;
    thread.job = undefined;
    // One that never came to work has touched nothing, and the next would not come to it either.
    if (!isReady) this.#workerPath = undefined;
    job?.reject(died(job.task, cause));
    if (this.#queue.length > 0 && this.#threads.size === 0 && this.#startThread() === undefined) void this.#drainHere();
    this.#dispatch();
  }

  async #drainHere(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      await this.#runHere(job.task).then(job.resolve, job.reject);
    }
  }

  #stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    for (const { reject } of this.#queue.splice(0)) reject(reason);
    for (const { worker, job } of this.#threads) {
      // Only when it has stopped: until then it may write into what its caller is about to remove.
      void worker.terminate().then(() => job?.reject(reason));
    }
    this.#threads.clear();
  }
}

// Memory that nothing else uses is handed over; other bytes are copied.
function ownedMemory(task: ThreadTask): ArrayBuffer[] {
  if (isLinkWork(task)) return [];
  const { wheel } = task;
  if (typeof wheel === 'string' || !(wheel.buffer instanceof ArrayBuffer)) return [];
  return wheel.length === wheel.buffer.byteLength ? [wheel.buffer] : [];
}

function died(task: ThreadTask, cause: unknown): StoreError {
  const isLink = isLinkWork(task);
  const path = isLink ? task.parts[0]?.targetDir : typeof task.wheel === 'string' ? task.wheel : undefined;
  const what = isLink ? `linked files into ${path}` : `unpacked ${task.filename}`;
  return new StoreError('STORE_UNPACK_DIED', `The thread that ${what} died.`, {
    hint: 'No file of the wheel was kept. The likely reason is too little memory: give the process more, or end other programs.',
    cause,
    data: { path },
  });
}

/** The worker's file beside the built or bundled module; undefined if the modules run from their sources. */
export function findUnpackWorker(moduleUrl: string): string | undefined {
  const modulePath = fileURLToPath(moduleUrl);
  const extension = path.extname(modulePath);
  if (extension === '.ts') return undefined;
  const workerPath = path.join(path.dirname(modulePath), `unpack-worker${extension}`);
  return existsSync(workerPath) ? workerPath : undefined;
}
