// The lock that Python programs take most is the library `filelock`: it and this package keep each other out.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Actor, startActor, startProcess } from '@wheelwright/testkit/actors';
import { pinnedLibrary, pinnedPython } from '@wheelwright/testkit/pinned';
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

test('filelock and this package increment one number and read no value twice', async () => {
  const dir = temporaryDir();
  const library = pinnedLibrary('filelock');
  const [lock, counter, times] = [path.join(dir, 'lock'), path.join(dir, 'counter'), '100'];
  writeFileSync(counter, '0'.padStart(12));
  const python = () =>
    startProcess(pinnedPython().executable, ['-c', script, lock, counter, times], {
      environment: { PYTHONPATH: library },
    });
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
