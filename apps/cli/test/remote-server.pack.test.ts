// The command while a real engine is killed, stopped and started: every run gives what a run without a remote gives.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '@wheelwright/testkit/actors';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { proved, trials } from '@wheelwright/testkit/proof';
import { ensureVersitygw, startVersitygw } from '@wheelwright/testkit/remote/versitygw';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { generateKeys } from './remote-keys.ts';
import { commandIn } from './run-ww.ts';

const program = ensureVersitygw();
if (program === undefined) console.log('versitygw: no Go on this machine, so no real S3 engine was killed');

const names = Array.from({ length: 12 }, (_, n) => `demo-${String(n).padStart(2, '0')}`);
const installed = names.map((name) => `+ ${name} 1.0\n`).join('');

interface Disturbance {
  readonly engine: Awaited<ReturnType<typeof startVersitygw>>;
  readonly random: () => number;
  /** The engine is stopped or killed within so many milliseconds. */
  readonly withinMs: number;
}

/** What `start` gives, and its milliseconds, while the engine is stopped or killed; the engine serves again afterwards. */
async function disturb<Ended>({ engine, random, withinMs }: Disturbance, start: () => Promise<Ended>) {
  const started = performance.now();
  const running = start();
  await new Promise((resolve) => setTimeout(resolve, random() * withinMs));
  const isStopped = random() < 0.5;
  if (isStopped) engine.signal('SIGSTOP');
  else await engine.kill();
  const ended = await running;
  const ms = performance.now() - started;
  if (isStopped) engine.signal('SIGCONT');
  else await engine.restart();
  return { ended, ms };
}

/** How long runs took, and how many took 6 s more than the median. Nothing depends on it: a machine may be slow. */
function spread(times: readonly number[]): string {
  const sorted = times.map((ms) => Math.round(ms)).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  const late = sorted.filter((ms) => ms > median + 6000).length;
  return `median ${median} ms, longest ${sorted.at(-1)} ms, ${late} over the median by 6 s`;
}

test.skipIf(program === undefined)('an engine that is killed, stopped and started changes no result', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const files = names.map((name) => {
    const { filename, bytes } = buildWheel({
      name,
      files: { [`${name.replace('-', '_')}.py`]: 'x = 1\n'.repeat(5000) },
    });
    return { filename, data: bytes, project: name };
  });
  const index = await startIndexServer({ files });
  onTestFinished(() => index.close());
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ww-s3-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const engine = await startVersitygw(program!, dataDir);
  onTestFinished(() => engine.kill());
  const dir = temporaryDir();
  const runs = trials(6, 100);
  const times: number[] = [];
  for (let n = 0; n < runs; n += 1) {
    const home = path.join(dir, `machine-${n}`);
    mkdirSync(home);
    const { ww } = commandIn(home, {
      PIP_NO_INDEX: '0',
      WHEELWRIGHT_INDEX_URL: index.indexUrl,
      WHEELWRIGHT_REMOTE: `s3://bucket/team?endpoint=${engine.origin}`,
      WHEELWRIGHT_REMOTE_MODE: 'write',
      AWS_ACCESS_KEY_ID: engine.user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: engine.user.secretAccessKey,
    });
    await ww('venv', 'env');
    const { ended, ms } = await disturb({ engine, random, withinMs: 600 }, () => ww('install', '-p', 'env', ...names));
    times.push(ms);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: installed });
    expect(ended.stderr.split('\n').filter((line) => line.includes('the remote')).length).toBeLessThanOrEqual(2);
    expect(await ww('verify', '-p', 'env')).toMatchObject({ code: 0 });
    rmSync(home, { recursive: true, force: true });
  }
  proved(runs, `installs, ${spread(times)}`);
});

test.skipIf(program === undefined)('an engine that is killed, stopped and started changes no build', async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ww-s3-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const engine = await startVersitygw(program!, dataDir);
  onTestFinished(() => engine.kill());
  const dir = temporaryDir();
  const runs = trials(6, 100);
  const { signingKey } = generateKeys('team');
  const [times, hashes]: [number[], Set<string>] = [[], new Set()];
  for (let n = 0; n < runs; n += 1) {
    const home = path.join(dir, `machine-${n}`);
    mkdirSync(home);
    // Every second tree is one that no machine has built before.
    writeBackendTree(path.join(home, 'tree'), { name: `demo-${n >> 1}` });
    const { ww } = commandIn(home, {
      SOURCE_DATE_EPOCH: '1600000000',
      WHEELWRIGHT_REMOTE: `s3://bucket/team?endpoint=${engine.origin}`,
      WHEELWRIGHT_REMOTE_MODE: 'write',
      WHEELWRIGHT_REMOTE_SIGNING_KEY: signingKey,
      AWS_ACCESS_KEY_ID: engine.user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: engine.user.secretAccessKey,
    });
    const { ended, ms } = await disturb({ engine, random, withinMs: 900 }, () =>
      ww('build', '--wheel', '-o', 'out', 'tree'),
    );
    times.push(ms);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stderr.split('\n').filter((line) => line.includes('the remote')).length).toBeLessThanOrEqual(2);
    expect(readdirSync(path.join(home, 'out')).filter((name) => !name.startsWith('.'))).toEqual([
      `demo_${n >> 1}-1.0-py3-none-any.whl`,
    ]);
    expect(await ww('venv', 'env')).toMatchObject({ code: 0 });
    const wheel = path.join('out', `demo_${n >> 1}-1.0-py3-none-any.whl`);
    expect(await ww('install', '--no-remote', '-p', 'env', wheel)).toMatchObject({ code: 0 });
    hashes.add(
      `${n >> 1} ${createHash('sha256')
        .update(readFileSync(path.join(home, wheel)))
        .digest('hex')}`,
    );
    rmSync(home, { recursive: true, force: true });
  }
  // Built here or given by another machine, it is the same wheel.
  expect(hashes.size).toBe(Math.ceil(runs / 2));
  proved(runs, `builds, ${spread(times)}`);
});
