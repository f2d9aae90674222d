// Processes that lock, started for a job and spoken to by lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../types.ts';

/** A process of the bench; every line that it says is one JSON object. */
export interface Actor {
  readonly child: ChildProcess;
  /** The next line; undefined when it has ended. */
  hear(): Promise<Readonly<Record<string, number | true>> | undefined>;
}

const script = fileURLToPath(new URL('lock.ts', import.meta.url));

/** Starts `lock.ts` with these words. */
export function startLockActor(bench: Bench, words: readonly string[]): Actor {
  return startActor(bench, [process.execPath, '--import', import.meta.resolve('tsx'), script, ...words]);
}

/** Starts any command that says lines of JSON. */
export function startActor(bench: Bench, command: readonly string[]): Actor {
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: bench.environment,
    cwd: bench.rootDir,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on('error', () => undefined); // told too late: it has ended
  return {
    child,
    async hear() {
      const { value, done } = await lines.next();
      return done === true ? undefined : JSON.parse(value as string);
    },
  };
}

/** Ends it and waits until it has. */
export async function endActor({ child }: Actor): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
