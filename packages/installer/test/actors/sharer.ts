// A process that brings one environment of the layout `shared` from set to set. Its argument is a JSON file. It says
// `ready`, waits for a line, says `built` for every shared generation that it had to build, and `done`.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { changeEnvironment, type WheelTree } from '../../src/index.ts';

export interface SharerTask {
  readonly environmentDir: string;
  readonly dataDir: string;
  readonly wheels: readonly WheelTree[];
  /** Indexes into the wheels. */
  readonly changes: readonly (readonly number[])[];
}

const { environmentDir, dataDir, wheels, changes } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as SharerTask;
const sharing = {
  dataDir,
  compile: async (given: readonly WheelTree[]) => {
    process.stdout.write('built\n');
    return given;
  },
  compileModules: async () => {},
  findWheel: async (sha256: string) => wheels.find((wheel) => wheel.sha256 === sha256),
};
const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
for await (const _line of lines) {
  for (const change of changes) {
    const add = change.map((at) => wheels[at]!);
    await changeEnvironment(environmentDir, { add, remove: [] }, { sharing });
  }
  process.stdout.write('done\n');
  process.exit(0);
}
