// `pnpm bench`: the same jobs by ww and its peers, in interleaved rounds, every result checked for being right. Prints
// medians and ratios to ww; asserts nothing. `--rounds N` (default 5), `--only NAME`.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareWheels } from '@wheelwright/archives';
import { imports, requirements, serveCorpus, writeTree } from './corpus.ts';
import { findPeers, type Peer, type Step, type Workplace } from './peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } });
const rounds = Number(values.rounds);
const base = mkdtempSync(path.join(tmpdir(), 'wheelwright-bench-'));
const env: NodeJS.ProcessEnv = { ...process.env, HOME: path.join(base, 'home'), PIP_CONFIG_FILE: '/dev/null' };
// Node parses these certificates at every start, used or not; they would weigh on one side only.
for (const name of ['NODE_EXTRA_CA_CERTS', 'PYTHONDONTWRITEBYTECODE', 'VIRTUAL_ENV', 'PIP_FIND_LINKS'])
  delete env[name];
mkdirSync(env.HOME as string, { recursive: true });

interface Job {
  readonly name: string;
  readonly steps: (peer: Peer, place: Workplace, cacheDir: string) => Step[] | undefined;
  /** How many runs start together, each in its own place. */
  readonly atOnce?: number;
  /** A cache of its own for every round. */
  readonly cold?: boolean;
  /** What is wrong with the result, if anything. */
  readonly check?: (place: Workplace) => Promise<string | undefined>;
}

const jobs: readonly Job[] = [
  { name: 'start-up', steps: (peer) => peer.startUp?.() },
  {
    name: 'build of a trivial tree, warm',
    steps: (peer, place, cache) => peer.build?.(place, cache),
    check: checkWheel,
  },
  {
    name: 'ten builds of it at once',
    steps: (peer, place, cache) => peer.build?.(place, cache),
    atOnce: 10,
    check: checkWheel,
  },
  {
    name: 'install of 6 packages, warm',
    steps: (peer, place, cache) => peer.install?.(place, cache),
    check: checkEnvironment,
  },
  {
    name: 'install of 6 packages, cold',
    steps: (peer, place, cache) => peer.install?.(place, cache),
    cold: true,
    check: checkEnvironment,
  },
];

const { peers, absent } = findPeers(root);
const server = await serveCorpus(path.join(root, '.cache', 'bench'));
const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
const pristineTree = path.join(base, 'tree');
writeTree(pristineTree);
let reference: string | undefined;

say(
  `${peers.map(({ name, version }) => `${name} ${version}`).join(', ')}; ${rounds} rounds, interleaved; NODE_EXTRA_CA_CERTS unset for all`,
);
for (const sentence of absent) say(`skipped: ${sentence}`);
try {
  for (const job of jobs) if (values.only === undefined || job.name.includes(values.only)) await compare(job);
} finally {
  await server.close();
  rmSync(base, { recursive: true, force: true });
}

async function compare(job: Job): Promise<void> {
  const entrants = peers.filter((peer) => job.steps(peer, placeOf('probe'), 'probe') !== undefined);
  const times = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
  const wrong = new Map<string, string[]>();
  for (let round = job.cold === true || job.name === 'start-up' ? 0 : -1; round < rounds; round++) {
    for (const peer of entrants) {
      const { ms, faults } = await runOnce(job, peer, round);
      if (round >= 0) times.get(peer.name)?.push(ms);
      if (faults.length > 0) wrong.set(peer.name, [...(wrong.get(peer.name) ?? []), ...faults]);
    }
  }
  say(`\n${job.name}`);
  const ours = median(times.get('ww') ?? []);
  for (const { name } of entrants) {
    const measured = times.get(name) ?? [];
    const faults = wrong.get(name) ?? [];
    const ratio = name === 'ww' ? '' : `ww takes ${(ours / median(measured)).toFixed(2)} of it`;
    say(
      `  ${name.padEnd(10)} ${median(measured).toFixed(0).padStart(7)} ms  (min ${Math.min(...measured).toFixed(0)})  ${ratio}${faults.length > 0 ? `  WRONG ${faults.length}: ${faults[0]}` : ''}`,
    );
  }
}

async function runOnce(job: Job, peer: Peer, round: number): Promise<{ ms: number; faults: string[] }> {
  const roundDir = path.join(base, `${job.name.replaceAll(/\W+/g, '-')}-${peer.name.replaceAll(/\W+/g, '-')}-${round}`);
  const cacheDir =
    job.cold === true ? path.join(roundDir, 'cache') : path.join(base, `cache-${peer.name.replaceAll(/\W+/g, '-')}`);
  const treeDir = path.join(roundDir, 'tree');
  mkdirSync(roundDir, { recursive: true });
  cpSync(pristineTree, treeDir, { recursive: true });
  const places = Array.from({ length: job.atOnce ?? 1 }, (_, n) => placeOf(path.join(roundDir, `${n}`), treeDir));
  for (const { dir } of places) mkdirSync(dir, { recursive: true });
  const started = performance.now();
  const ended = await Promise.all(
    places.map(async (place) => {
      for (const step of job.steps(peer, place, cacheDir) ?? []) {
        const fault = await run(step);
        if (fault !== undefined) return fault;
      }
      return undefined;
    }),
  );
  const ms = performance.now() - started;
  const checked = await Promise.all(places.map(async (place, n) => ended[n] ?? job.check?.(place)));
  return { ms, faults: checked.filter((fault) => fault !== undefined) };
}

function placeOf(dir: string, treeDir = pristineTree): Workplace {
  return { dir, treeDir, python, requirements, indexUrl: server.indexUrl };
}

function run({ command, env: extra }: Step): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), {
      env: { ...env, ...extra },
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: base,
    });
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : `exit ${code}: ${stderr.trim().split('\n').at(-1)}`),
    );
  });
}

async function checkWheel({ dir }: Workplace): Promise<string | undefined> {
  const wheels = readdirSync(path.join(dir, 'out')).filter((name) => name.endsWith('.whl'));
  if (wheels.length !== 1) return `${wheels.length} wheels`;
  const wheel = path.join(dir, 'out', wheels[0] as string);
  if (reference === undefined) {
    reference = path.join(base, path.basename(wheel));
    cpSync(wheel, reference);
  }
  const differences = await compareWheels(reference, wheel);
  return differences.length === 0 ? undefined : `the wheel differs: ${JSON.stringify(differences[0])}`;
}

async function checkEnvironment({ dir }: Workplace): Promise<string | undefined> {
  const { status, stderr } = spawnSync(
    path.join(dir, 'env', 'bin', 'python'),
    ['-B', '-c', `import ${imports.join(', ')}`],
    { encoding: 'utf8', env },
  );
  return status === 0 ? undefined : `imports fail: ${stderr.trim().split('\n').at(-1)}`;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
