// A process that changes an environment with a check, and says what the check says. Its argument is a JSON file.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { changeEnvironment, checkCommand, type WheelTree } from '../../src/index.ts';

export interface CheckerTask {
  readonly environmentDir: string;
  readonly wheel: WheelTree;
  readonly command: string;
}

const task = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CheckerTask;
await changeEnvironment(
  task.environmentDir,
  { add: [task.wheel], remove: [] },
  {
    check: (staged) =>
      checkCommand(staged, task.command, {
        environment: process.env,
        cwd: path.dirname(task.environmentDir),
        timeoutMs: 60_000,
        onLine: (line) => process.stdout.write(`${line}\n`),
      }),
  },
);
