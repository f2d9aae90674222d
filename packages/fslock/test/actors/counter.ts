// Adds one to a number in a file, again and again, each time under the lock, and says each number that it read after it
// has written the next. Arguments: the lock's path, the number's path, how often, how (as holder.ts), how long it
// computes between reading and writing, and `remove` where each release removes the lock file.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { lockingFor } from './locking-for.ts';

const [lockPath = '', counterPath = '', times = '0', how = 'native', windowMs, removes] = process.argv.slice(2);
const { acquireLock } = lockingFor(how);
const counter = openSync(counterPath, 'r+');
const buffer = Buffer.alloc(12);
const next = listen();
say('ready');
await next();
for (let n = 0; n < Number(times); n++) {
  const removeOnRelease = removes === 'remove';
  const lock = await acquireLock(lockPath, { timeoutMs: Number.POSITIVE_INFINITY, removeOnRelease });
  readSync(counter, buffer, 0, 12, 0);
  const value = Number(buffer.toString());
  for (const start = performance.now(); performance.now() - start < Number(windowMs); );
  writeSync(counter, String(value + 1).padStart(12), 0);
  say(`read ${value}`);
  lock.release();
}
closeSync(counter);
process.exit(0);
