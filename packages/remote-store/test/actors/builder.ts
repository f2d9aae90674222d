// A machine that wants the artifacts of some keys, one after the other. Arguments: the endpoint, the key pair of the engine,
// the signing key, how many keys, the region, and where it is alone in its network, the socket that leads to the engine. Says `building KEY`, `takeover KEY`, `got KEY FROM CONTENT`.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '@wheelwright/testkit/actor-lines';
import { openRemote, openRemoteCache } from '../../src/index.ts';

const [engine = '', accessKeyId = '', secretAccessKey = '', signingKey = '', keys = '', region = '', socketPath = ''] =
  process.argv.slice(2);
// A network of its own has a loopback of its own, and a socket in the file system leads out of it.
const relay = createServer((local) => {
  const onward = connect(socketPath);
  for (const one of [local, onward]) one.on('error', () => one.destroy());
  local.pipe(onward).pipe(local);
});
if (socketPath !== '') await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
const origin = socketPath === '' ? engine : `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
const dir = mkdtempSync(path.join(tmpdir(), 'ww-builder-'));
const remote = openRemote(`s3://bucket/team?endpoint=${origin}&region=${region}`, {
  writable: true,
  credentials: () => ({ accessKeyId, secretAccessKey }),
});
const cache = openRemoteCache(remote, {
  signingKey,
  builtBy: String(process.pid),
  times: { renewMs: 300, ttlMs: 1500, pollMs: [50, 150], waitMs: 120_000 },
  onEvent: (event) => {
    if (event.type === 'remote-takeover') say(`takeover ${event.key}`);
    if (event.type === 'remote-off') say(`off ${event.message}`);
  },
});
for (let n = 0; n < Number(keys); n += 1) {
  const key = createHash('sha256').update(`key ${n}`).digest('hex');
  const targetDir = mkdtempSync(path.join(dir, 'target-'));
  const { path: file, from } = await cache.withSharedBuild(key, {
    targetDir,
    async build() {
      say(`building ${key}`);
      await sleep(50 + Math.random() * 250);
      const built = path.join(targetDir, `demo-${n}-py3-none-any.whl`);
      writeFileSync(built, `wheel ${n} of ${process.pid} ${Math.random()}`.repeat(1000));
      return { path: built };
    },
  });
  say(`got ${key} ${from} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`);
}
await cache.close();
relay.close();
rmSync(dir, { recursive: true, force: true });
