// Takes and releases one lock as it is told. Arguments: the path, and `plain` to do without native calls.
// Told: `acquire MODE`, `try MODE`, `release`, `spawn` (a child that inherits the lock), `block` (the event loop, for ever), `exit`.
import { spawn } from 'node:child_process';
import { disableNativeCalls, nativeCallsAvailable } from '@wheelwright/syscalls';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { acquireLock, type Lock, type LockMode, tryAcquireLock } from '../../src/index.ts';

const [file = '', how] = process.argv.slice(2);
if (how === 'plain') disableNativeCalls();
else if (!nativeCallsAvailable()) throw new Error('bug: this actor was to have native calls.');

let lock: Lock | undefined;
const next = listen();
say('ready');
for (let line = await next(); line !== undefined; line = await next()) {
  const [verb, mode] = line.split(' ') as [string, LockMode | undefined];
  if (verb === 'acquire') {
    try {
      lock = await acquireLock(file, { mode, purpose: 'holder of a test' });
      say('acquired');
    } catch (error) {
      say(`failed ${(error as { code?: string }).code}`);
    }
  } else if (verb === 'try') {
    lock = await tryAcquireLock(file, { mode });
    say(lock === undefined ? 'busy' : 'acquired');
  } else if (verb === 'release') {
    lock?.release();
    say('released');
  } else if (verb === 'spawn') {
    const child = spawn('/bin/sh', ['-c', 'read line'], {
      stdio: ['pipe', 'ignore', 'ignore', lock!.fd],
      detached: true,
    });
    say(`spawned ${child.pid}`);
  } else if (verb === 'block') {
    say('blocking');
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  } else if (verb === 'exit') {
    process.exit(0);
  }
}
