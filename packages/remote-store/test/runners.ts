// Many runners that start at once, in virtual time: the real client, its signatures and retries included, against an S3 with
// a limit of requests for each part of its keys, and a line that bodies share. Bodies are small; their time is that of the
// sizes that they stand for.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { seededRandom } from '@wheelwright/testkit/actors';
import { parseRemoteAddress } from '../src/backends/addresses.ts';
import { HeldCredentials } from '../src/backends/credentials.ts';
import { S3Remote } from '../src/backends/s3-remote.ts';
import { generateSigningKeys, openRemoteCache, type RemoteBody, type RemoteCache, RemoteError } from '../src/index.ts';
import type { ExchangeAnswer, ExchangeRequest, Transport } from '../src/transport/transport.ts';
import { VirtualTime } from './virtual-time.ts';

export interface EngineLimits {
  /** Requests a second and partition; further ones wait in a line. */
  readonly requestsPerSecond: number;
  /** Into how many parts the keys are split, by their first digits. */
  readonly partitions: 1 | 16;
  /** Of all bodies together, in bytes a second. */
  readonly bytesPerSecond: number;
}

/** What the network of a runner carries, in bytes a second. */
const runnerBytesPerSecond = 125_000_000;
const latencyMs = 10;
const firstByteMs = 5000;

/** What an engine was asked. */
export interface EngineCount {
  requests: number;
  bytes: number;
  /** Requests that waited for longer than the client does. */
  late: number;
}

interface SimulatedObject {
  readonly data: Buffer;
  readonly etag: string;
  /** How many bytes it stands for. */
  readonly size: number;
}

/** An S3 engine in virtual time. */
export class SimulatedEngine {
  readonly objects = new Map<string, SimulatedObject>();
  readonly count: EngineCount = { requests: 0, bytes: 0, late: 0 };
  readonly #time: VirtualTime;
  readonly #limits: EngineLimits;
  readonly #free: number[];
  #lineFree = 0;
  #written = 0;

  constructor(time: VirtualTime, limits: EngineLimits) {
    this.#time = time;
    this.#limits = limits;
    this.#free = Array(limits.partitions).fill(0);
  }

  put(key: string, data: Buffer, size = data.length): string {
    this.#written += 1;
    const etag = `"${this.#written}"`;
    this.objects.set(`/bucket/team/v1/${key.replace(/^(\w+)\/(..)/, '$1/$2/$2')}`, { data, etag, size });
    return etag;
  }

  /** The transport of one runner, whose bodies share a line of its own. */
  connect(isDead: () => boolean): Transport {
    let lineFree = 0;
    const transfer = (size: number) => {
      const { now } = this.#time;
      lineFree = Math.max(lineFree, now) + (size / runnerBytesPerSecond) * 1000;
      this.#lineFree = Math.max(this.#lineFree, now) + (size / this.#limits.bytesPerSecond) * 1000;
      return Math.max(lineFree, this.#lineFree);
    };
    const never = new Promise<never>(() => undefined);
    return {
      send: async (request) => {
        if (isDead()) return never;
        const { now } = this.#time;
        this.count.requests += 1;
        const at = this.#turn(request.url.pathname);
        if (at - now > firstByteMs) {
          this.count.late += 1;
          await this.#until(now + firstByteMs);
          throw new RemoteError('REMOTE_SLOW', 'answered nothing for 5 s.');
        }
        await this.#until(at + latencyMs);
        const { status, etag, object } = this.#answer(request);
        const body = new Readable({ read() {} });
        if (object !== undefined) this.count.bytes += object.size;
        this.#time.sleepUntil(object === undefined ? this.#time.now : transfer(object.size), () => {
          if (isDead()) return;
          body.push(object?.data ?? null);
          if (object !== undefined) body.push(null);
        });
        if (isDead()) return never;
        return { status, headers: etag === undefined ? {} : { etag }, body } satisfies ExchangeAnswer;
      },
      close: () => undefined,
    };
  }

  #until(at: number): Promise<void> {
    return new Promise((resolve) => this.#time.sleepUntil(at, resolve));
  }

  /** When the part of this key has a turn. */
  #turn(pathname: string): number {
    const digit = Number.parseInt(pathname.split('/').at(-1)?.[0] ?? '0', 16) % this.#limits.partitions;
    const at = Math.max(this.#free[digit]!, this.#time.now);
    this.#free[digit] = at + 1000 / this.#limits.requestsPerSecond;
    return at;
  }

  #answer({ method, url, headers, body }: ExchangeRequest): {
    status: number;
    etag?: string | undefined;
    object?: SimulatedObject;
  } {
    const current = this.objects.get(url.pathname);
    if (method === 'GET') {
      if (current === undefined) return { status: 404 };
      if (headers['if-none-match'] === current.etag) return { status: 304, etag: current.etag };
      return { status: 200, etag: current.etag, object: current };
    }
    if (method === 'HEAD') return { status: current === undefined ? 404 : 200, etag: current?.etag };
    const isRefused =
      (headers['if-none-match'] === '*' && current !== undefined) ||
      (headers['if-match'] !== undefined && headers['if-match'] !== current?.etag);
    if (isRefused) return { status: 412 };
    const [space, , hash] = url.pathname.split('/').slice(-3);
    return { status: 200, etag: this.put(`${space}/${hash}`, bytesOf(body)) };
  }
}

function bytesOf(body: RemoteBody | undefined): Buffer {
  if (body === undefined || body instanceof Uint8Array) return Buffer.from(body ?? []);
  const bytes = Buffer.alloc(body.size);
  readSync(body.file.fd, bytes, 0, body.size, 0);
  return bytes;
}

const keys = generateSigningKeys('runners');

function openRunner(engine: SimulatedEngine, time: VirtualTime, random: () => number, isDead: () => boolean) {
  const address = parseRemoteAddress('s3://bucket/team?endpoint=http://127.0.0.1:1');
  if (address.kind !== 's3') throw new Error('bug: no bucket');
  const clock = time.clock(isDead);
  const credentials = new HeldCredentials(() => ({ accessKeyId: 'A', secretAccessKey: 'B' }), address.name);
  const remote = new S3Remote(address, engine.connect(isDead), credentials, clock, true);
  return openRemoteCache(remote, { signingKey: keys.signingKey, clock, random });
}

export interface InstallRun {
  readonly runners: number;
  readonly wheels: number;
  readonly limits: EngineLimits;
  /** Whether the small wheels are in a pack too. */
  readonly pack: boolean;
  readonly seed: number;
}

/** What a run of many installations gave. */
export interface InstallFigures extends EngineCount {
  /** When the last runner had all wheels, in s. */
  readonly seconds: number;
  /** Wheels that came from the remote, of all runners. */
  readonly hits: number;
  readonly misses: number;
}

/** Runners that fetch the same wheels at once, sixteen at a time each. */
export async function simulateInstalls({ runners, wheels, limits, pack, seed }: InstallRun): Promise<InstallFigures> {
  const time = new VirtualTime();
  const engine = new SimulatedEngine(time, limits);
  const random = seededRandom(seed);
  const set = Array.from({ length: wheels }, (_, n) => {
    const bytes = Buffer.from(`wheel ${n}`);
    return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes, size: sizeOf(n, wheels) };
  });
  for (const { sha256, bytes, size } of set) engine.put(`cas/${sha256}`, bytes, size);
  const hashes = set.map(({ sha256 }) => sha256);
  const small = set.filter(({ size }) => size < 256 * 1024);
  if (pack) {
    const packer = openRunner(engine, time, random, () => false);
    await time.run(packer.storePack(hashes, small));
    const name = [...engine.objects.keys()].find((key) => key.includes('/set/'))!;
    const size = small.reduce((sum, one) => sum + one.size, 0);
    engine.objects.set(name, { ...engine.objects.get(name)!, size });
  }
  Object.assign(engine.count, { requests: 0, bytes: 0 });
  const dir = mkdtempSync(path.join(memoryDir(), 'ww-runners-'));
  const started = time.now;
  try {
    const fetchAll = async (runner: number) => {
      await time.clock().sleep(random() * 100);
      const cache = openRunner(engine, time, random, () => false);
      const own = path.join(dir, `${runner}`);
      mkdirSync(own);
      if (pack) await cache.fetchPack(hashes);
      const wanted = [...set].sort((a, b) => b.size - a.size);
      const next = async () => {
        for (let one = wanted.shift(); one !== undefined; one = wanted.shift())
          await cache.fetch({ sha256: one.sha256 }, path.join(own, one.sha256));
      };
      await Promise.all(Array.from({ length: 16 }, next));
      rmSync(own, { recursive: true });
      return cache.stats;
    };
    const all = await time.run(Promise.all(Array.from({ length: runners }, (_, n) => fetchAll(n))));
    const sum = (name: 'hits' | 'misses') => all.reduce((total, stats) => total + stats[name], 0);
    return { ...engine.count, seconds: (time.now - started) / 1000, hits: sum('hits'), misses: sum('misses') };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** In memory where the system has such a place: hundreds of thousands of files come and go. */
function memoryDir(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

/** Sizes as those of real sets: four of five wheels are small, and all together have a megabyte on average. */
function sizeOf(n: number, wheels: number): number {
  const at = n / wheels;
  if (at < 0.815) return 45_000;
  return at < 0.96 ? 1_500_000 : 18_600_000;
}

export interface BuildRun {
  readonly runners: number;
  readonly buildMs: number;
  readonly limits: EngineLimits;
  /** How many of those that build die half way. */
  readonly deaths: number;
  readonly seed: number;
}

/** What a run of many wishes for one build gave. */
export interface BuildFigures extends EngineCount {
  readonly builds: number;
  readonly takeovers: number;
  /** When the last runner had its artifact, in s. */
  readonly seconds: number;
  /** For how long those that did not build had waited, in s: the middle one, and the longest. */
  readonly waits: readonly [middle: number, longest: number];
  /** Different contents that runners got. */
  readonly contents: number;
}

/** Runners that want one build at once. */
export async function simulateBuilds({ runners, buildMs, limits, deaths, seed }: BuildRun): Promise<BuildFigures> {
  const time = new VirtualTime();
  const engine = new SimulatedEngine(time, limits);
  const random = seededRandom(seed);
  const dir = mkdtempSync(path.join(memoryDir(), 'ww-runners-'));
  const key = createHash('sha256').update('one build').digest('hex');
  let [builds, takeovers, died] = [0, 0, 0];
  const [waits, contents] = [[] as number[], new Set<string>()];
  try {
    const run = async (runner: number) => {
      const dead = { isDead: false, end: () => {} };
      const killed = new Promise<void>((resolve) => {
        dead.end = resolve;
      });
      await time.clock().sleep(random() * 1000);
      const cache: RemoteCache = openRunner(engine, time, random, () => dead.isDead);
      const own = path.join(dir, `${runner}`);
      mkdirSync(own);
      const build = async () => {
        builds += 1;
        const dies = died < deaths;
        if (dies) died += 1;
        await time.clock().sleep(dies ? buildMs / 2 : buildMs);
        if (dies) {
          dead.isDead = true;
          dead.end();
          return new Promise<never>(() => undefined);
        }
        const file = path.join(own, 'demo-1.0-py3-none-any.whl');
        writeFileSync(file, `built by ${runner}`);
        return { path: file };
      };
      const started = time.now;
      const work = cache.withSharedBuild(key, { targetDir: own, build }).then(async (result) => {
        if (result.from === 'remote') waits.push((time.now - started) / 1000);
        if (result.from === 'remote') contents.add(result.artifact.sha256);
        await cache.flush();
      });
      await Promise.race([work, killed]);
      takeovers += cache.stats.takeovers;
    };
    await time.run(Promise.all(Array.from({ length: runners }, (_, n) => run(n))));
    const sorted = waits.sort((a, b) => a - b);
    return {
      ...engine.count,
      builds,
      takeovers,
      seconds: time.now / 1000,
      waits: [sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0],
      contents: contents.size,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
