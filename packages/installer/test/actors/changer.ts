// A process that changes one environment again and again. Its argument is a JSON file: the environment, the wheels and
// the changes as indexes into them. It says `ready`, waits for a line, and says what came of each change.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { changeEnvironment, type WheelTree } from '../../src/index.ts';

export interface ChangerTask {
  readonly environmentDir: string;
  readonly wheels: readonly WheelTree[];
  readonly changes: readonly { readonly add: readonly number[]; readonly remove: readonly number[] }[];
}

const task = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ChangerTask;
const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
for await (const _line of lines) {
  for (const [index, change] of task.changes.entries()) {
    const add = change.add.map((at) => task.wheels[at]!);
    const result = await changeEnvironment(task.environmentDir, ({ distributions }) => {
      const present = new Set(distributions.map(({ name }) => name));
      const remove = change.remove.map((at) => task.wheels[at]!.name).filter((name) => present.has(name));
      return { add, remove: [...new Set(remove)] };
    });
    process.stdout.write(`change ${index} ${result.committed ? result.generation : 0}\n`);
  }
  process.stdout.write('done\n');
  process.exit(0);
}
