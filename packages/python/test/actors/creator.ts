// Makes an environment when told to, and says what came of it: `creator DIR BASE_EXECUTABLE [clear]`.
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createEnvironment, type Interpreter } from '../../src/index.ts';

const [dir = '', executable = '', clear] = process.argv.slice(2);
const interpreter = {
  executable,
  version: [3, 11, 7],
  libDirName: 'python3.11',
  markers: { platform_python_implementation: 'CPython' },
  prefix: path.dirname(path.dirname(executable)),
} as unknown as Interpreter;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
console.log('ready');
await lines.next();
const { created } = await createEnvironment(dir, { interpreter, layout: 'own', clear: clear === 'clear' });
console.log(created ? 'created' : 'adopted');
process.exit(0);
