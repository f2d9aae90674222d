// What a lock costs alone, who gets it among many, and how soon the next one has it when its holder is killed.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Actor, endActor, startActor, startLockActor } from '../actors/start-actor.ts';
import type { Entrant, Job, Outcome } from '../job.ts';
import type { Bench } from '../types.ts';

const contenders = 8;
/** proper-lockfile takes over the lock of a dead process after 10 s; a lock file is never taken over. */
const patienceMs = 15_000;
const hurriedMs = 1_000;

interface Locker {
  readonly name: string;
  readonly ours: boolean;
  readonly pairs: number;
}

const lockers: readonly Locker[] = [
  { name: 'fslock', ours: true, pairs: 5_000 },
  { name: 'fslock, no koffi', ours: true, pairs: 200 },
  { name: 'proper-lockfile', ours: false, pairs: 1_000 },
  { name: 'O_EXCL file', ours: false, pairs: 5_000 },
];

export function lockJobs(bench: Bench): Job[] {
  const runMs = bench.size(5_000);
  return [
    {
      name: 'lock and unlock, uncontended',
      unit: 'µs',
      entrants: async () => lockers.map((locker) => pairs(bench, locker)),
    },
    {
      name: `lock among ${contenders} processes, the longest wait`,
      note: `each holds it for 1 ms, for ${runMs / 1_000} s; fairness by Jain: 1 is equal shares, ${(1 / contenders).toFixed(2)} is one for all`,
      entrants: async () => lockers.map((locker) => fairness(bench, locker, runMs)),
    },
    {
      name: 'lock handed over after its holder was killed',
      note: 'SIGKILL until the next one has it',
      entrants: async () => [...lockers.map((locker) => handOver(bench, locker)), ...flockCommand(bench)],
    },
  ];
}

function pairs(bench: Bench, { name, ours, pairs: count }: Locker): Entrant {
  return {
    name,
    ours,
    prepare: async (dir) => ({
      async run() {
        const actor = startLockActor(bench, [name, path.join(dir, 'lock'), 'pairs', String(bench.size(count))]);
        const said = await actor.hear();
        return {
          measure: Number(said?.microseconds),
          faults: said === undefined ? ['it ended before it was done'] : [],
        };
      },
    }),
  };
}

function fairness(bench: Bench, { name, ours }: Locker, runMs: number): Entrant {
  return {
    name,
    ours,
    async prepare(dir) {
      const words = [name, path.join(dir, 'lock'), 'contend', String(runMs)];
      const actors = Array.from({ length: contenders }, () => startLockActor(bench, words));
      await Promise.all(actors.map((actor) => actor.hear()));
      return { run: () => contest(actors) };
    },
  };
}

async function contest(actors: readonly Actor[]): Promise<Outcome> {
  for (const { child } of actors) child.stdin?.write('go\n');
  const said = await Promise.all(actors.map((actor) => actor.hear()));
  const shares = said.map((one) => Number(one?.acquired ?? 0));
  const together = said.reduce((sum, one) => sum + Number(one?.together ?? 0), 0);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const squares = shares.reduce((sum, share) => sum + share * share, 0);
  const ended = said.filter((one) => one === undefined).length;
  return {
    measure: Math.max(...said.map((one) => Number(one?.longestMs ?? 0))),
    figures: {
      acquired: total,
      fairness: total ** 2 / (shares.length * squares),
      fewest: Math.min(...shares),
      most: Math.max(...shares),
    },
    faults: [
      ...(ended === 0 ? [] : [`${ended} of ${actors.length} ended early`]),
      ...(together === 0 ? [] : [`two held it at once, ${together} times`]),
    ],
  };
}

function handOver(bench: Bench, { name, ours }: Locker): Entrant {
  return {
    name,
    ours,
    rounds: ours ? undefined : 1,
    prepare: (dir) =>
      killed(bench, name, path.join(dir, 'lock'), (lockPath) => startLockActor(bench, [name, lockPath, 'take'])),
  };
}

/** What the kernel's own queue takes, without any of ours: the floor. */
function flockCommand(bench: Bench): Entrant[] {
  if (spawnSync('flock', ['--version']).status !== 0) return [];
  const take = (lockPath: string) => {
    const script = `echo '{"waiting":true}'; exec flock -x ${lockPath} echo '{"acquired":true}'`;
    return startActor(bench, ['sh', '-c', script]);
  };
  return [{ name: 'flock(1)', ours: false, prepare: (dir) => killed(bench, 'fslock', path.join(dir, 'lock'), take) }];
}

async function killed(bench: Bench, name: string, lockPath: string, take: (lockPath: string) => Actor) {
  const holder = startLockActor(bench, [name, lockPath, 'hold']);
  await holder.hear();
  const next = take(lockPath);
  await next.hear();
  // It has said that it is about to wait; nothing can say that it does.
  await wait(300);
  return {
    async run(): Promise<Outcome> {
      const allowedMs = bench.quick ? hurriedMs : patienceMs;
      holder.child.kill('SIGKILL');
      const said = await Promise.race([next.hear(), wait(allowedMs, 'late' as const)]);
      return { faults: said === 'late' ? [`the dead one's lock was still held after ${allowedMs / 1_000} s`] : [] };
    },
    async check() {
      await Promise.all([holder, next].map(endActor));
      return [];
    },
  };
}
