// Wants many wheels of one store at once, on the real disk and through threads. Arguments: the store, the wheels. Says
// `ready`; told to, asks for all; says `beside` when a thread begins a task, `added` for each wheel that it put there
// itself and `got TREES`; told more, it closes the store and has to end by itself.
import { fileURLToPath } from 'node:url';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { openStore } from '../../src/index.ts';

const [dir = '', ...wheelPaths] = process.argv.slice(2);
const next = listen();
say('ready');
await next();
const store = await openStore(dir, {
  unpackWorkerPath: fileURLToPath(new URL('./crowd-worker.mjs', import.meta.url)),
  onEvent: (event) => {
    if (event.type === 'wheel-added') say('added');
  },
});
const wheels = await Promise.all(wheelPaths.map((wheelPath) => store.addWheel(wheelPath)));
for (const wheel of wheels) {
  const changed = store.checkWheel(wheel);
  if (changed.length > 0) throw new Error(`changed: ${changed.join(' ')}`);
}
say(`got ${[...new Set(wheels.map(({ treeDir }) => treeDir))].sort().join(' ')}`);
await next();
store.close();
