// The command while a real engine is killed, stopped and started: every run gives what a run without a remote gives.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '@wheelwright/testkit/actors';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { proved, trials } from '@wheelwright/testkit/proof';
import { ensureVersitygw, startVersitygw } from '@wheelwright/testkit/remote/versitygw';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const program = ensureVersitygw();
if (program === undefined) console.log('versitygw: no Go on this machine, so no real S3 engine was killed');

const names = Array.from({ length: 12 }, (_, n) => `demo-${String(n).padStart(2, '0')}`);
const installed = names.map((name) => `+ ${name} 1.0\n`).join('');

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
    const started = performance.now();
    const installing = ww('install', '-p', 'env', ...names);
    await new Promise((resolve) => setTimeout(resolve, random() * 600));
    const isStopped = random() < 0.5;
    if (isStopped) engine.signal('SIGSTOP');
    else await engine.kill();
    const ended = await installing;
    times.push(performance.now() - started);
    if (isStopped) engine.signal('SIGCONT');
    else await engine.restart();
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: installed });
    expect(ended.stderr.split('\n').filter((line) => line.includes('the remote')).length).toBeLessThanOrEqual(2);
    expect(await ww('verify', '-p', 'env')).toMatchObject({ code: 0 });
    rmSync(home, { recursive: true, force: true });
  }
  const sorted = times.map((ms) => Math.round(ms)).sort((a, b) => a - b);
  proved(runs, `installs, median ${sorted[runs >> 1]} ms, longest ${sorted.at(-1)} ms`);
});
