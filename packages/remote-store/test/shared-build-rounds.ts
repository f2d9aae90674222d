// Processes that are killed and stopped at random while they build the same keys on one engine: the body of a test, for the
// engine of testkit and for a real one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Actor, seededRandom, startActor } from '@wheelwright/testkit/actors';
import { expect, onTestFinished } from 'vitest';
import { generateSigningKeys, openRemote } from '../src/index.ts';
import { readTrustedRecords } from '../src/trust/build-record.ts';
import { parseTrustedKeys } from '../src/trust/signing-keys.ts';
import { sha256Of } from './conformance.ts';

export interface RoundsOptions {
  readonly origin: string;
  readonly user: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  readonly processes: number;
  readonly keys: number;
  readonly deaths: number;
  readonly stops: number;
  readonly seed: number;
  /** Whether each process has a network of its own. */
  readonly isolated?: boolean | undefined;
}

/** What gives a process a network of its own: a loopback, and nothing else. */
const isolation = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/** Whether this machine lets the test make networks. */
export function canIsolate(): boolean {
  const [command = '', ...words] = isolation;
  return spawnSync(command, [...words, 'true']).status === 0;
}

/** A socket of the file system, which every network reaches, that leads to `origin`; ends with the test. */
async function openPassage(origin: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const dir = mkdtempSync(path.join(tmpdir(), 'ww-passage-'));
  const server = createServer((inner) => {
    const onward = connect(Number(port), hostname);
    for (const one of [inner, onward]) one.on('error', () => one.destroy());
    inner.pipe(onward).pipe(inner);
  });
  const socketPath = path.join(dir, 'engine');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return socketPath;
}

/** Runs them to their end and checks what holds of every key. */
export async function runRounds(
  testUrl: string,
  options: RoundsOptions,
): Promise<{ takeovers: number; builds: number }> {
  const { origin, user, region, processes, keys, seed } = options;
  const random = seededRandom(seed);
  const { signingKey, trustedKey } = generateSigningKeys('race');
  const lines: string[] = [];
  const passage = options.isolated === true ? await openPassage(origin) : '';
  const start = () => {
    const actor = startActor(testUrl, 'builder', {
      arguments: [origin, user.accessKeyId, user.secretAccessKey, signingKey, String(keys), region, passage],
      prefix: options.isolated === true ? isolation : [],
    });
    actor.onLine((line) => lines.push(line));
    return actor;
  };
  /** Runs a process again until one came to its end. */
  const living = new Map<number, Actor>();
  const run = async (slot: number): Promise<void> => {
    const actor = start();
    living.set(slot, actor);
    const { code, signal, errors } = await actor.exited;
    if (signal === 'SIGKILL') return run(slot);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    living.delete(slot);
  };
  let isOver = false;
  const all = Promise.all(Array.from({ length: processes }, (_, slot) => run(slot))).finally(() => {
    isOver = true;
  });
  const troubles = [
    ...Array.from({ length: options.deaths }, () => 'SIGKILL' as const),
    ...Array.from({ length: options.stops }, () => 'SIGSTOP' as const),
  ].sort(() => random() - 0.5);
  for (const trouble of troubles) {
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 400));
    const candidates = [...living.values()];
    const actor = candidates[Math.floor(random() * candidates.length)];
    if (isOver || actor === undefined) break;
    actor.kill(trouble);
    // Longer than the time to live of a lease: another takes over, and the one that stood still wakes behind it.
    if (trouble === 'SIGSTOP') setTimeout(() => actor.kill('SIGCONT'), 500 + random() * 3000);
  }
  await all;

  const remote = openRemote(`s3://bucket/team?endpoint=${origin}&region=${region}`, { credentials: () => user });
  const of = (word: string, key: string) => lines.filter((line) => line.startsWith(`${word} ${key}`));
  for (let n = 0; n < keys; n += 1) {
    const key = sha256Of(`key ${n}`);
    const object = await remote.get(`ac/${key}`);
    if (typeof object === 'string') throw new Error(`${key} is ${object}`);
    const records = readTrustedRecords(await buffer(object.body), key, parseTrustedKeys([trustedKey]));
    expect(records).toHaveLength(1);
    const { sha256 } = records[0]!.artifact;
    const content = await remote.get(`cas/${sha256}`);
    if (typeof content === 'string') throw new Error(`cas/${sha256} is ${content}`);
    expect(sha256Of(await buffer(content.body))).toBe(sha256);
    expect(of('building', key).length, `builds of key ${n}`).toBeLessThanOrEqual(1 + of('takeover', key).length);
    // What came from the remote is what some process built and signed; the last record stays.
    const fetched = of('got', key).filter((line) => line.includes(' remote '));
    expect(fetched.length).toBeGreaterThan(0);
    expect(new Set(fetched.map((line) => line.split(' ')[3])).size).toBeLessThanOrEqual(1 + of('takeover', key).length);
  }
  remote.close();
  expect(lines.filter((line) => line.startsWith('off'))).toEqual([]);
  return {
    takeovers: lines.filter((line) => line.startsWith('takeover')).length,
    builds: lines.filter((line) => line.startsWith('building')).length,
  };
}
