// Takes and releases one lock as its messages ask. Arguments: the path, and how: `native`, `plain` (no native calls), or
// `mtime` (as on a file system without flock). Told: `acquire MODE`, `try MODE`, `abort` (the wait under way), `release`,
// `spawn` (a child that inherits the lock), `relay HOW` (an actor like this one, as its child, that tries MODE), `block MS` (without MS for ever).
import { type StdioOptions, spawn } from 'node:child_process';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import type { Lock, LockMode } from '../../src/index.ts';
import { lockingFor } from './locking-for.ts';

const [file = '', how = 'native'] = process.argv.slice(2);
const { acquireLock, tryAcquireLock } = lockingFor(how);
const purpose = `${how} holder`;
let lock: Lock | undefined;
let controller = new AbortController();

const acts: Record<string, (word: string | undefined) => void | Promise<void>> = {
  // Not awaited: a wait can be aborted by the next line.
  acquire(word) {
    const mode = word as LockMode | undefined;
    controller = new AbortController();
    acquireLock(file, { mode, purpose, signal: controller.signal }).then(
      (acquired) => {
        lock = acquired;
        say('acquired');
      },
      (error: { code?: string }) => say(`failed ${error.code}`),
    );
  },
  async try(word) {
    lock = await tryAcquireLock(file, { mode: word as LockMode | undefined, purpose });
    say(lock === undefined ? 'busy' : 'acquired');
  },
  abort: () => controller.abort(),
  release() {
    lock?.release();
    say('released');
  },
  spawn() {
    const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', lock?.fd];
    say(`spawned ${spawn('/bin/sh', ['-c', 'kill -STOP $$'], { stdio, detached: true }).pid}`);
  },
  relay(mode) {
    const child = spawn(process.execPath, [process.argv[1] as string, file, how], { stdio: ['pipe', 1, 2, lock?.fd] });
    child.stdin?.write(`acquire ${mode}\n`);
  },
  block(ms) {
    say('blocking');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms ?? Number.POSITIVE_INFINITY));
    say('unblocked');
  },
};

const next = listen();
say('ready');
for (let line = await next(); line !== undefined; line = await next()) {
  const [verb = '', word] = line.split(' ');
  await acts[verb]?.(word);
}
process.exit(0);
