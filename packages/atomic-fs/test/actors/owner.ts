// Owns temporaries one after the other and says whether each stayed whole while it lived: `owner <dir> <rounds>`.
// With rounds 0 it makes one, says where, and keeps it until a message asks for its release, or until it is killed.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createTemporary } from '../../src/index.ts';

const [dir, rounds] = process.argv.slice(2) as [string, string];

if (rounds === '0') {
  const temporary = await createTemporary(dir, { prefix: 'race' });
  writeFileSync(path.join(temporary.dir, 'mine'), '');
  process.stdout.write(`${temporary.dir}\n`);
  for await (const _ of createInterface(process.stdin)) break;
  temporary.release();
  process.exit(0);
} else {
  for (let round = 0; round < Number(rounds); round += 1) {
    const temporary = await createTemporary(dir, { prefix: 'race' });
    for (let file = 0; file < 5; file += 1) writeFileSync(path.join(temporary.dir, String(file)), '');
    await new Promise((resolve) => setImmediate(resolve));
    for (let file = 0; file < 5; file += 1) {
      if (!existsSync(path.join(temporary.dir, String(file)))) process.stdout.write(`lost ${temporary.dir}\n`);
    }
    temporary.release();
    process.stdout.write('round\n');
  }
  process.stdout.write('done\n');
  process.exit(0);
}
