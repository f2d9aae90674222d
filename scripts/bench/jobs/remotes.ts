// The cache of many machines: content that is fetched and verified, against a plain HTTP server; and a fleet of runners, in
// virtual time, against engines with limits.
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { ensureVersitygw, startVersitygw } from '@wheelwright/testkit/remote/versitygw';
import { openRemote, openRemoteCache, type RemoteStore } from '../../../packages/remote-store/src/index.ts';
import {
  type BuildRun,
  type EngineLimits,
  type InstallRun,
  simulateBuilds,
  simulateInstalls,
} from '../../../packages/remote-store/test/runners.ts';
import { endActor, startActor } from '../actors/start-actor.ts';
import type { Entrant, Job, Outcome } from '../job.ts';
import type { Bench } from '../types.ts';

const atOnce = 8;
/** How many wheels of which size: 271 MB in all, most of them small. */
const sizes = [
  [120, 50_000],
  [50, 500_000],
  [20, 3_000_000],
  [8, 10_000_000],
  [2, 50_000_000],
] as const;

const unbounded = 1e12;
const engines: readonly (readonly [name: string, limits: EngineLimits])[] = [
  ['one prefix', { requestsPerSecond: 5500, partitions: 1, bytesPerSecond: unbounded }],
  ['sixteen prefixes', { requestsPerSecond: 5500, partitions: 16, bytesPerSecond: unbounded }],
  ['one server of 10 Gb/s', { requestsPerSecond: 20_000, partitions: 1, bytesPerSecond: 1.25e9 }],
];

export function remoteJobs(bench: Bench): Job[] {
  const runners = bench.size(1000);
  return [
    {
      name: '200 wheels fetched and verified, from a remote and from a plain HTTP server',
      note: 'eight at a time; S3 is versitygw; all but `plain, to files` verify what came',
      goals: [
        { entrant: 'S3 remote', than: 'plain, verified', atMost: 1.11 },
        { entrant: 'HTTP remote', than: 'plain, verified', atMost: 1.11 },
      ],
      entrants: () => fetchEntrants(bench),
    },
    {
      name: `${runners} runners fetch 200 wheels each, in virtual time`,
      note: 'the real client; 5,500 requests a second and prefix, 1 Gb/s a runner',
      async entrants() {
        return engines.flatMap(([name, limits]) =>
          [false, true].map((pack) =>
            simulated(`${name}${pack ? ', pack' : ''}`, () =>
              installs({ runners, wheels: 200, limits, pack, seed: 1 }),
            ),
          ),
        );
      },
    },
    {
      name: `${runners} runners want one build of two minutes, in virtual time`,
      async entrants() {
        const limits = engines[0]![1];
        return [0, 1, 5].map((deaths) =>
          simulated(`${deaths} of those that build die`, () =>
            builds({ runners, buildMs: 120_000, limits, deaths, seed: 1 }),
          ),
        );
      },
    },
  ];
}

/** Computed once, and given in the warming round too: nothing in it depends on the machine. */
function simulated(name: string, compute: () => Promise<Outcome>): Entrant {
  let outcome: Promise<Outcome> | undefined;
  const run = () => {
    outcome ??= compute();
    return outcome;
  };
  return { name, ours: true, rounds: 1, prepare: async () => ({ run }) };
}

async function installs(run: InstallRun) {
  const { seconds, requests, hits, misses, late } = await simulateInstalls(run);
  const wanted = run.runners * run.wheels;
  const faults = hits + misses === wanted ? [] : [`${hits + misses} of ${wanted} wheels were asked for`];
  const each = requests / run.runners;
  return { measure: seconds * 1000, figures: { 'requests a runner': each, misses, late }, faults };
}

async function builds(run: BuildRun) {
  const { seconds, requests, builds: built, takeovers, waits, contents } = await simulateBuilds(run);
  const faults = [
    ...(built <= 1 + takeovers ? [] : [`${built} builds and ${takeovers} takeovers`]),
    ...(contents === 1 ? [] : [`${contents} artifacts`]),
  ];
  const each = requests / run.runners;
  const figures = { builds: built, takeovers, 'requests a runner': each, 'longest wait, s': waits[1] };
  return { measure: seconds * 1000, figures, faults };
}

interface Content {
  readonly sha256: string;
  readonly size: number;
}

async function fetchEntrants(bench: Bench): Promise<Entrant[]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'ww-bench-remote-'));
  bench.ownDirs.push(dir);
  const servedDir = path.join(dir, 'served');
  mkdirSync(path.join(servedDir, 'cas'), { recursive: true });
  const contents = writeContents(bench, servedDir);
  const server = startActor(bench, [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL('../actors/static-server.ts', import.meta.url)),
    servedDir,
  ]);
  bench.onClose(() => endActor(server));
  const { port } = (await server.hear()) as { readonly port: number };
  const origin = `http://127.0.0.1:${port}`;
  const s3 = await openS3(bench, dir, servedDir, contents);
  return [
    ...(s3 === undefined ? [] : [fetches('S3 remote', true, contents, () => throughCache(s3()))]),
    fetches('HTTP remote', true, contents, () => throughCache(openRemote(origin))),
    fetches('plain, verified', false, contents, () => plainly(origin, true)),
    fetches('plain, to files', false, contents, () => plainly(origin, false)),
  ];
}

type Fetcher = { get(content: Content, target: string): Promise<unknown>; close(): unknown };

function fetches(name: string, ours: boolean, contents: readonly Content[], open: () => Fetcher): Entrant {
  return {
    name,
    ours,
    async prepare(dir) {
      return {
        async run() {
          const fetcher = open();
          const left = [...contents];
          const next = async () => {
            for (let one = left.shift(); one !== undefined; one = left.shift())
              await fetcher.get(one, path.join(dir, one.sha256));
          };
          await Promise.all(Array.from({ length: atOnce }, next));
          await fetcher.close();
          return {};
        },
        async check() {
          const wrong = contents.filter(({ sha256, size }) => statSync(path.join(dir, sha256)).size !== size);
          for (const { sha256 } of contents) rmSync(path.join(dir, sha256));
          return wrong.length === 0 ? [] : [`${wrong.length} files have another size`];
        },
      };
    },
  };
}

function throughCache(remote: RemoteStore): Fetcher {
  const cache = openRemoteCache(remote);
  return {
    async get(content, target) {
      if (!(await cache.fetch(content, target))) throw new Error(`${content.sha256} did not come`);
    },
    close: () => cache.close(),
  };
}

function plainly(origin: string, verified: boolean): Fetcher {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  const answerOf = (url: string) =>
    new Promise<http.IncomingMessage>((resolve, reject) => http.get(url, { agent }, resolve).on('error', reject));
  return {
    async get({ sha256 }, target) {
      const answer = await answerOf(`${origin}/cas/${sha256}`);
      const hash = createHash('sha256');
      if (verified) answer.on('data', (chunk: Buffer) => hash.update(chunk));
      await pipeline(answer, createWriteStream(target));
      if (verified && hash.digest('hex') !== sha256) throw new Error(`${sha256} came as something else`);
    },
    close: () => agent.destroy(),
  };
}

/** The wheels as files named by their hash. Their bytes are made of their number, and do not repeat. */
function writeContents(bench: Bench, servedDir: string): Content[] {
  return sizes.flatMap(([count, size]) =>
    Array.from({ length: Math.max(1, bench.size(count)) }, (_, n) => {
      const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, at) =>
        createHash('sha256')
          .update(`${size} ${n} ${at >> 8}`)
          .digest(),
      );
      const bytes = Buffer.concat(blocks).subarray(0, size);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      writeFileSync(path.join(servedDir, 'cas', sha256), bytes);
      return { sha256, size };
    }),
  );
}

/** Opens a real engine that holds the wheels; undefined without Go. */
async function openS3(
  bench: Bench,
  dir: string,
  servedDir: string,
  contents: readonly Content[],
): Promise<(() => RemoteStore) | undefined> {
  const program = ensureVersitygw();
  if (program === undefined) {
    bench.skip('S3 remote: Go is missing, so there is no real engine to measure.');
    return undefined;
  }
  const dataDir = path.join(dir, 's3');
  mkdirSync(dataDir);
  const engine = await startVersitygw(program, dataDir);
  bench.onClose(() => engine.kill());
  const open = (writable: boolean) =>
    openRemote(`s3://bucket/team?endpoint=${engine.origin}&region=${engine.region}`, {
      writable,
      credentials: () => engine.user,
    });
  const cache = openRemoteCache(open(true));
  for (const { sha256 } of contents) {
    await cache.offer(path.join(servedDir, 'cas', sha256), sha256);
    await cache.flush();
  }
  await cache.close();
  return () => open(false);
}
