// Adds one to a number in a file, again and again, each time under the lock. Arguments: the lock's path, the number's
// path, how often, `plain` to do without native calls, and how long it computes between reading and writing. Says each number that it read, after it has written the next.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { disableNativeCalls } from '@wheelwright/syscalls';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { acquireLock } from '../../src/index.ts';

const [lockPath = '', counterPath = '', times = '0', how, windowMs] = process.argv.slice(2);
if (how === 'plain') disableNativeCalls();
const counter = openSync(counterPath, 'r+');
const buffer = Buffer.alloc(12);
const next = listen();
say('ready');
await next();
for (let n = 0; n < Number(times); n++) {
  const lock = await acquireLock(lockPath, { timeoutMs: Infinity });
  readSync(counter, buffer, 0, 12, 0);
  const value = Number(buffer.toString());
  for (const start = performance.now(); performance.now() - start < Number(windowMs); );
  writeSync(counter, String(value + 1).padStart(12), 0);
  say(`read ${value}`);
  lock.release();
}
closeSync(counter);
process.exit(0);
