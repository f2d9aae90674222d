// Whether what a tool made is right. What is checked with is not ours where it can be helped: an environment by its own
// Python, a wheel by what an undisturbed build gives.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compareWheels } from '@wheelwright/archives';
import { type Expected, writeTree } from './corpus.ts';
import { prepareBy } from './run-steps.ts';
import type { Bench } from './types.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('check_environment.py', import.meta.url));

/** What is wrong with the environment: distributions, number of files, RECORD, imports. */
export async function checkEnvironment(bench: Bench, envDir: string, expected: Expected): Promise<string[]> {
  const python = path.join(envDir, 'bin', 'python');
  try {
    const { stdout } = await run(python, ['-B', script, JSON.stringify(expected)], { env: bench.environment });
    return stdout.split('\n').filter((line) => line !== '');
  } catch (error) {
    return [`its Python fails: ${(error as Error).message.trim().split('\n').at(-1)}`];
  }
}

/** What is wrong with the wheels in `outDirs`: one in each, with the content of an undisturbed build. */
export async function checkWheels(bench: Bench, outDirs: readonly string[]): Promise<string[]> {
  const reference = await undisturbedWheel(bench);
  const faults = await Promise.all(outDirs.map((dir) => checkWheel(reference, dir)));
  const found = faults.filter((fault) => fault !== undefined);
  return found.length === 0 || outDirs.length === 1
    ? found
    : [`${found.length} of ${outDirs.length} wheels are wrong, the last because ${found.at(-1)}`];
}

async function checkWheel(reference: string, outDir: string): Promise<string | undefined> {
  const wheels = (existsSync(outDir) ? readdirSync(outDir) : []).filter((name) => name.endsWith('.whl'));
  if (wheels.length !== 1) return `there are ${wheels.length} wheels`;
  const [difference] = await compareWheels(reference, path.join(outDir, wheels[0] as string));
  return difference === undefined ? undefined : `the wheel differs: ${JSON.stringify(difference)}`;
}

let reference: Promise<string> | undefined;

/** Built once, alone, by pip where there is one. */
function undisturbedWheel(bench: Bench): Promise<string> {
  reference ??= (async () => {
    const dir = path.join(bench.baseDir, 'reference');
    const builder = bench.tools.find(({ name }) => name === 'pip') ?? bench.tools[0];
    writeTree(path.join(dir, 'tree'));
    mkdirSync(path.join(dir, 'out'), { recursive: true });
    const place = { dir, cacheDir: path.join(dir, 'cache'), envDir: path.join(dir, 'env') };
    const step = builder?.build?.(place, path.join(dir, 'tree'), path.join(dir, 'out'));
    if (step === undefined) throw new Error('No tool can build the wheel to compare with.');
    await prepareBy(bench, [step]);
    const wheel = path.join(dir, 'out', readdirSync(path.join(dir, 'out'))[0] as string);
    cpSync(wheel, path.join(dir, path.basename(wheel)));
    return path.join(dir, path.basename(wheel));
  })();
  return reference;
}
