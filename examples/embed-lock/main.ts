// Appends one line to a file that several processes share. Start it many times at once: no number is missing or doubled.
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@wheelwright/atomic-fs';
import { withLock } from '@wheelwright/fslock';

const file = process.argv[2] ?? 'counter.txt';

await withLock(`${file}.lock`, { purpose: 'count', timeoutMs: 60_000 }, async () => {
  const count = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  writeFileAtomic(file, `${count + 1}\n`);
  console.log(`this process is number ${count + 1}`);
});
