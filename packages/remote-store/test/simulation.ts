// Machines in virtual time: every call to the remote and every pause is an event, so that an hour of waiting takes a
// millisecond and every order of events is one that the test chose. A machine dies when its calls stop having any effect.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type BuildRecord,
  type Clock,
  type FlightTimes,
  generateSigningKeys,
  openRemoteCache,
  type RemoteCache,
  RemoteError,
  type RemoteEvent,
  type RemoteStore,
} from '../src/index.ts';
import { MemoryRemote } from './memory-remote.ts';

export const keys = generateSigningKeys('model');
export const times: FlightTimes = { renewMs: 10_000, ttlMs: 45_000, pollMs: [1000, 5000], waitMs: 600_000 };
export const buildMs = 30_000;
export const buildKey = createHash('sha256').update('the key').digest('hex');

/** What happens to one call of a machine. `before`, `after`: it dies there; `lost`: it lives, and its answer is lost. */
export interface Trouble {
  readonly at: number;
  readonly how: 'before' | 'after' | 'lost';
}

export interface MachineOptions {
  readonly name: string;
  readonly startMs: number;
  readonly trouble?: Trouble | undefined;
  /** Dies at this moment, whatever it does. */
  readonly diesAtMs?: number | undefined;
  /** Stands still between these moments, and goes on as if nothing had been. */
  readonly stopsMs?: readonly [from: number, to: number] | undefined;
  /** Between two effects, in ms. */
  readonly latency?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
  /** Its build fails. */
  readonly fails?: boolean | undefined;
  /** Looks, builds and keeps by itself, as a cache of builds does. */
  readonly byParts?: boolean | undefined;
}

/** How a machine ended. */
export interface MachineEnd {
  readonly name: string;
  /** The content that it got; undefined where it died or its build failed. */
  readonly content: string | undefined;
  readonly from: 'remote' | 'local' | undefined;
  readonly error: unknown;
  readonly endedMs: number;
  readonly builds: number;
  /** How many calls it made to the remote. */
  readonly calls: readonly string[];
  readonly events: readonly RemoteEvent[];
  readonly died: boolean;
}

class Dead extends Error {}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes when nothing else happens. */
class VirtualTime {
  now = 0;
  #timers: Timer[] = [];

  sleepUntil(at: number, wake: () => void): () => void {
    const timer = { at, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Wakes the next sleeper. False: there is none. */
  step(): boolean {
    const next = this.#timers.reduce<Timer | undefined>(
      (first, timer) => (first === undefined || timer.at < first.at ? timer : first),
      undefined,
    );
    if (next === undefined) return false;
    this.#timers = this.#timers.filter((one) => one !== next);
    this.now = Math.max(this.now, next.at);
    next.wake();
    return true;
  }
}

/** Runs the machines to their end on one remote. */
export async function simulate(
  machines: readonly MachineOptions[],
  remote = new MemoryRemote(),
): Promise<{ ends: readonly MachineEnd[]; remote: MemoryRemote }> {
  const time = new VirtualTime();
  const dir = mkdtempSync(path.join(tmpdir(), 'ww-model-'));
  try {
    let running = machines.length;
    const ends = machines.map((machine) =>
      runMachine(machine, time, remote, mkdtempSync(path.join(dir, 'machine-'))).finally(() => {
        running -= 1;
      }),
    );
    const all = Promise.all(ends);
    all.catch(() => undefined);
    for (let idle = 0; running > 0; ) {
      await settle();
      if (running === 0) break;
      if (time.now > 24 * 3600_000) throw new Error('bug: the machines do not end');
      idle = time.step() ? 0 : idle + 1;
      if (idle > 1000) throw new Error('bug: nothing happens any more');
    }
    return { ends: await all, remote };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function runMachine(
  options: MachineOptions,
  time: VirtualTime,
  shared: MemoryRemote,
  dir: string,
): Promise<MachineEnd> {
  const { name, startMs, trouble, random = () => 0.5, latency = () => 10 } = options;
  const calls: string[] = [];
  const events: RemoteEvent[] = [];
  let [builds, died] = [0, false];
  const checkAlive = () => {
    if (options.diesAtMs !== undefined && time.now >= options.diesAtMs) died = true;
    if (died) throw new Dead();
  };
  const clock: Clock = {
    now: () => time.now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (died) return reject(new Dead());
        if (signal?.aborted === true) return reject(signal.reason);
        const [from, to] = options.stopsMs ?? [0, 0];
        const wanted = time.now + ms;
        const at = wanted >= from && wanted < to ? to : wanted;
        const cancel = time.sleepUntil(at, () => {
          signal?.removeEventListener('abort', abort);
          try {
            checkAlive();
            resolve();
          } catch (error) {
            reject(error);
          }
        });
        const abort = () => {
          cancel();
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
  const call = async <T>(title: string, effect: () => Promise<T>): Promise<T> => {
    checkAlive();
    calls.push(title);
    const hit = trouble !== undefined && calls.length === trouble.at ? trouble.how : undefined;
    if (hit === 'before') died = true;
    await clock.sleep(latency());
    const result = await effect();
    if (hit === 'after') died = true;
    await clock.sleep(latency());
    if (hit === 'lost') throw new RemoteError('REMOTE_UNREACHABLE', 'the answer was lost');
    return result;
  };
  const remote: RemoteStore = {
    name: shared.name,
    traits: shared.traits,
    get: (key, given) => call(`get ${key.split('/')[0]}`, () => shared.get(key, given)),
    has: (key) => call(`has ${key.split('/')[0]}`, () => shared.has(key)),
    putIfAbsent: (key, body, sha256) => call(`put ${key.split('/')[0]}`, () => shared.putIfAbsent(key, body, sha256)),
    replace: (key, body, sha256, etag) =>
      call(`replace ${key.split('/')[0]}`, () => shared.replace(key, body, sha256, etag)),
    close: () => undefined,
  };
  const cache = openRemoteCache(remote, {
    signingKey: keys.signingKey,
    builtBy: name,
    times,
    clock,
    random,
    onEvent: (event) => events.push(event),
  });
  const end = { name, calls, events };
  try {
    await clock.sleep(startMs);
    const build = async () => {
      builds += 1;
      await clock.sleep(buildMs);
      if (options.fails === true) throw Object.assign(new Error('it fails'), { code: 'BUILD_FAILED' });
      const file = path.join(dir, 'demo-1.0-py3-none-any.whl');
      writeFileSync(file, `the wheel that ${name} built`);
      return { path: file };
    };
    const result =
      options.byParts === true
        ? await buildByParts(cache, dir, build)
        : await cache.withSharedBuild(buildKey, { targetDir: dir, build });
    const endedMs = time.now;
    const content = readFileSync(result.path, 'utf8');
    await uploadsOf(cache, time);
    return { ...end, content, from: result.from, error: undefined, endedMs, builds, died };
  } catch (error) {
    await uploadsOf(cache, time);
    return {
      ...end,
      content: undefined,
      from: undefined,
      error,
      endedMs: time.now,
      builds,
      died: died || error instanceof Dead,
    };
  }
}

/** What a cache of builds does: looks, and under the lease of the key looks again, builds and keeps. */
async function buildByParts(
  cache: RemoteCache,
  dir: string,
  build: () => Promise<{ path: string }>,
): Promise<{ path: string; from: 'remote' | 'local' }> {
  const look = async () => {
    for (const record of await cache.readBuilds(buildKey)) {
      const target = path.join(dir, `fetched-${record.artifact.filename}`);
      if (await cache.fetchBuild(record, target)) return { path: target, from: 'remote' as const };
    }
    return undefined;
  };
  const found = await look();
  if (found !== undefined) return found;
  return cache.alone(buildKey, async () => {
    const come = await look();
    if (come !== undefined) return come;
    const built = await build();
    const bytes = readFileSync(built.path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const artifact = { filename: path.basename(built.path), sha256, size: bytes.length };
    await cache.keepBuild({ key: buildKey, artifact }, built.path);
    return { ...built, from: 'local' as const };
  });
}

/** Waits for the uploads, whose pauses are of virtual time and whose deadline is not. */
async function uploadsOf(cache: RemoteCache, _time: VirtualTime): Promise<void> {
  await cache.close(60_000);
}

/** Until everything that is possible without time passing has happened, reads and writes of files included. */
async function settle(): Promise<void> {
  const isBusy = () => process.getActiveResourcesInfo().some((name) => /^FSReq|^FileHandle|CloseReq$/.test(name));
  for (let quiet = 0; quiet < 4; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (isBusy()) quiet = -1;
  }
}

/** The one record that the remote holds, and its content. */
export function storedRecords(remote: MemoryRemote): { records: BuildRecord[]; contents: (string | undefined)[] } {
  const object = remote.objects.get(`ac/${buildKey}`);
  const records = object === undefined ? [] : (JSON.parse(object.data.toString()).records as BuildRecord[]);
  const contents = records.map(({ artifact }) => remote.objects.get(`cas/${artifact.sha256}`)?.data.toString());
  return { records, contents };
}
