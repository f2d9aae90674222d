// A process that changes environments as it is asked, a JSON line for each change: a {@link Task}. It says `ready`, then for each
// task `done` with the generation that it made (0: nothing to do), or `failed` with the code of the error.
import { listen, say } from '@wheelwright/testkit/actor-lines';
import { changeEnvironment, rollBack, type WheelTree } from '../../src/index.ts';

export interface Task {
  readonly environmentDir: string;
  /** Absent: the environment is rolled back. */
  readonly add?: readonly WheelTree[];
}

const next = listen();
say('ready');
for (let line = await next(); line !== undefined; line = await next()) {
  const { environmentDir, add } = JSON.parse(line) as Task;
  try {
    const { generation, committed } =
      add === undefined
        ? { ...(await rollBack(environmentDir)), committed: true }
        : await changeEnvironment(environmentDir, { add, remove: [] }, { durability: 'none' }); // no power cuts here
    say(`done ${committed ? generation : 0}`);
  } catch (error) {
    say(`failed ${(error as { code?: string }).code ?? error}`);
  }
}
process.exit(0);
