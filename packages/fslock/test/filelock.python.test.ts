// The lock that Python programs take most is the library `filelock`: it and this package keep each other out. Installed
// for the test from whatever index pip is set to; without one there is nothing to compare with.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Actor, startActor, startProcess } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';

const script = `
import sys
from filelock import FileLock
lock, counter, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
print('ready', flush=True)
sys.stdin.readline()
for _ in range(times):
    with FileLock(lock, poll_interval=0.001):
        with open(counter, 'r+') as file:
            value = int(file.read())
            file.seek(0)
            file.write('%12d' % (value + 1))
    print('read %d' % value, flush=True)
`;

test('filelock and this package increment one number and read no value twice', async ({ skip }) => {
  const dir = temporaryDir();
  const library = path.join(dir, 'library');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', library, 'filelock'];
  if (spawnSync('python3', pip, { encoding: 'utf8' }).status !== 0) skip('filelock cannot be installed here');
  const [lock, counter, times] = [path.join(dir, 'lock'), path.join(dir, 'counter'), '100'];
  writeFileSync(counter, '0'.padStart(12));
  const python = () =>
    startProcess('python3', ['-c', script, lock, counter, times], { environment: { PYTHONPATH: library } });
  const ours = (how: string) =>
    startActor(import.meta.url, 'counter', { arguments: [lock, counter, times, how, '0.5'] });
  const actors: Actor[] = [python(), python(), ours('native'), ours('plain')];
  await Promise.all(actors.map((actor) => actor.hear('ready')));
  for (const actor of actors) actor.tell('go');
  for (const actor of actors) expect(await actor.exited).toMatchObject({ code: 0, errors: '' });

  const read = actors.flatMap((actor) => actor.lines.filter((line) => line.startsWith('read ')));
  expect(new Set(read).size).toBe(400);
  expect(Number(readFileSync(counter, 'utf8'))).toBe(400);
});
