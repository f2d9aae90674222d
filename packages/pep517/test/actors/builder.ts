// Builds one tree as a process of its own. Argument: `{ python, ...options of build }` as JSON. Says `ready`, waits to be
// told, says `hook NAME` as hooks start, `waiting`, then `built SHA256` or `failed CODE`.
import path from 'node:path';
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { type BuildOptions, build, type ProvidedEnvironment } from '../../src/index.ts';

const { python, ...options } = JSON.parse(process.argv[2] ?? '{}') as BuildOptions & { python: string };
const provided: ProvidedEnvironment = {
  python,
  binDir: path.dirname(python),
  extend: async () => provided,
  release: async () => {},
};
const next = listen();
say('ready');
await next();
try {
  const result = await build({
    ...options,
    interpreter: { executable: python },
    provisioner: { provide: async () => provided },
    environment: process.env,
    onEvent(event) {
      if (event.type === 'hook' && event.state === 'started') say(`hook ${event.hook}`);
      if (event.type === 'waiting') say('waiting');
    },
  });
  say(`built ${result.sha256}`);
} catch (error) {
  say(`failed ${(error as { code?: string }).code} ${(error as Error).message}`);
}
process.exit(0);
