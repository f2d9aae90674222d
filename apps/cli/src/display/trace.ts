// `--trace FILE`: a run as a Chrome trace (the JSON array format of "Trace Event Format"), for Perfetto and
// chrome://tracing. Steps that run at once are on lanes of their own.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import type { ToolEvent } from 'wheelwright';

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  /** Microseconds since the start of the run. */
  readonly ts: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Collects the steps of one run. */
export class Trace {
  readonly #startedMs: number;
  readonly #events: TraceEvent[] = [];
  readonly #open = new Map<
    string,
    { readonly name: string; readonly cat: string; readonly since: number; readonly lane: number }
  >();
  /** By lane: until when its last step lasts, in ms; infinite while the step has not ended. */
  readonly #busyUntil: number[] = [];

  constructor(now: number) {
    this.#startedMs = now;
  }

  /** Takes an event that happened at `now`, in ms. */
  add(event: ToolEvent, now: number): void {
    switch (event.event) {
      case 'resolved':
        this.#step('resolve', 'resolve', now - event.ms, now, { packages: event.packages });
        break;
      case 'prepared':
        this.#step('prepare', 'fetch', now - event.ms, now, { packages: event.packages });
        break;
      case 'downloading':
        this.#begin(`download ${event.filename}`, event.filename, 'download', now);
        break;
      case 'downloaded':
        this.#end(`download ${event.filename}`, now, { size: event.size });
        this.#begin(`unpack ${event.filename}`, `unpack ${event.filename}`, 'unpack', now);
        break;
      case 'unpacked':
        this.#end(`unpack ${event.filename}`, now);
        break;
      case 'building':
        this.#begin(`build ${event.source}`, `${event.kind} of ${path.basename(event.source)}`, 'build', now);
        break;
      case 'built':
        this.#end(`build ${event.source}`, now, { path: event.path });
        break;
      case 'build-stopped':
        this.#end(`build ${event.source}`, now);
        break;
      case 'build-hook': {
        const key = `hook ${event.source} ${event.hook}`;
        if (event.state === 'started') this.#begin(key, event.hook, 'hook', now);
        else this.#end(key, now);
        break;
      }
      case 'waiting':
        this.#begin(`wait ${event.path}`, `wait for ${event.path}`, 'lock', now - 1000);
        break;
      case 'locked':
        this.#end(`wait ${event.path}`, now, { waitedMs: event.waitedMs });
        break;
      case 'installing':
        this.#begin('install', `install ${event.packages}`, 'install', now);
        break;
      case 'checking':
        this.#begin(`check ${event.check}`, event.check, 'check', now);
        break;
      case 'checked':
        this.#end(`check ${event.check}`, now);
        break;
      case 'committed':
        this.#end('install', now, { generation: event.generation });
        break;
      default:
    }
  }

  /** Writes the steps. Those that did not end last until the end of the run. `command` is redacted. */
  write(file: string, command: string, now: number): void {
    for (const key of [...this.#open.keys()]) this.#end(key, now, { unfinished: true });
    const whole: TraceEvent = {
      ...this.#times(this.#startedMs, now),
      name: redactUrls(command),
      cat: 'run',
      ph: 'X',
      pid: 1,
      tid: 0,
    };
    const names = ['run', ...this.#busyUntil.map((_, lane) => `lane ${lane + 1}`)].map(
      (name, tid): TraceEvent => ({ name: 'thread_name', cat: 'run', ph: 'M', pid: 1, tid, ts: 0, args: { name } }),
    );
    writeFileSync(file, `[\n${[...names, whole, ...this.#events].map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  }

  #step(name: string, cat: string, since: number, now: number, args: Readonly<Record<string, unknown>>): void {
    this.#begin(name, name, cat, since);
    this.#end(name, now, args);
  }

  #begin(key: string, name: string, cat: string, since: number): void {
    this.#end(key, since, { unfinished: true });
    const free = this.#busyUntil.findIndex((until) => until <= since);
    const lane = free < 0 ? this.#busyUntil.length : free;
    this.#busyUntil[lane] = Number.POSITIVE_INFINITY;
    this.#open.set(key, { name, cat, since, lane });
  }

  #end(key: string, now: number, args?: Readonly<Record<string, unknown>>): void {
    const step = this.#open.get(key);
    if (step === undefined) return;
    this.#open.delete(key);
    const { name, cat, since, lane } = step;
    this.#busyUntil[lane] = Math.max(since, now);
    this.#events.push({ ...this.#times(since, now), name, cat, ph: 'X', pid: 1, tid: lane + 1, ...(args && { args }) });
  }

  #times(since: number, now: number): { ts: number; dur: number } {
    // A clock may be set back during the run.
    const from = Math.max(since, this.#startedMs);
    return { ts: Math.round((from - this.#startedMs) * 1000), dur: Math.round(Math.max(0, now - from) * 1000) };
  }
}
