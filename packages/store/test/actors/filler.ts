// Wants one wheel of one store after the other. Arguments: the wheel, `plain` to do without native calls, `stuck` to
// stop for ever in the middle of unpacking. Says `ready`; told a store, it says `added` if it did the work, `stuck`, and
// `got TREE` with what it got; told anything, it lets go of it and says `closed`.

import { nodeFs } from '@wheelwright/atomic-fs';
import { disableNativeCalls } from '@wheelwright/syscalls';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { openStore } from '../../src/index.ts';

const [wheelPath = '', ...how] = process.argv.slice(2);
if (how.includes('plain')) disableNativeCalls();
const next = listen();
const fs = {
  ...nodeFs,
  open(path: string, flags: string | number, mode?: number) {
    if (how.includes('stuck') && path.endsWith('/RECORD')) {
      say('stuck');
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    return nodeFs.open(path, flags, mode);
  },
};
say('ready');
for (let line = await next(); line !== undefined; line = await next()) {
  const store = await openStore(line, {
    fs,
    onEvent: (event) => say(event.type === 'wheel-added' ? 'added' : event.type),
  });
  const wheel = await store.addWheel(wheelPath);
  say(`changed ${store.checkWheel(wheel).length}`);
  say(`got ${wheel.treeDir}`);
  await next();
  store.close();
  say('closed');
}
process.exit(0);
