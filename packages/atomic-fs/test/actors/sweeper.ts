// Sweeps once for each message; after the message `forever`, until it is killed: `sweeper <dir>`.
import { createInterface } from 'node:readline';
import { sweepTemporaries } from '../../src/index.ts';

const [dir] = process.argv.slice(2) as [string];
process.stdout.write('ready\n');
for await (const line of createInterface(process.stdin)) {
  do {
    const removed = await sweepTemporaries(dir, { prefix: 'race' });
    if (line !== 'forever') process.stdout.write(`swept ${removed.join(' ')}\n`);
  } while (line === 'forever');
}
