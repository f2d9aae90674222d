// Separate processes for races. An actor is a file of a package's test/actors/, bundled before the tests run and started
// as plain Node. It and the test talk by lines: the actor says how far it is, the test tells it to go on, and so the
// order of events is arranged instead of hoped for. What still runs when the test ends is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface ActorOptions {
  readonly arguments?: readonly string[] | undefined;
  /** Added to the environment of the test. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** A command that makes surroundings and then becomes the actor, whose own command follows: `unshare -n` for instance. */
  readonly prefix?: readonly string[] | undefined;
  /** Descriptors of the test that the actor gets as 3, 4, …. */
  readonly descriptors?: readonly number[] | undefined;
}

/** How an actor ended. */
export interface ActorExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/** A running actor. */
export interface Actor {
  readonly pid: number;
  /** Every line that it has said so far. */
  readonly lines: readonly string[];
  /** The next line not yet heard that is or matches `expected` (any, without); rejects when the actor ends without it. */
  hear(expected?: string | RegExp): Promise<string>;
  /** Calls `listener` with every line, those already said included. */
  onLine(listener: (line: string) => void): void;
  tell(line: string): void;
  /** Ends the conversation: it hears that no more lines will come. */
  hangUp(): void;
  /** SIGKILL unless said otherwise. False: it had ended. */
  kill(signal?: NodeJS.Signals): boolean;
  /** Resolves when it has ended and all that it said has been read. */
  readonly exited: Promise<ActorExit>;
}

/** Starts actor `name` of the package that the test file at `testUrl` (its `import.meta.url`) belongs to. */
export function startActor(testUrl: string, name: string, options: ActorOptions = {}): Actor {
  const packageDir = nearest(path.dirname(fileURLToPath(testUrl)), 'package.json');
  const bundle = path.join(packageDir, 'node_modules', '.cache', 'actors', `${name}.mjs`);
  if (!existsSync(bundle)) throw new Error(`bug: no actor ${name} was bundled to ${bundle}.`);
  const hoisted = path.join(nearest(packageDir, 'pnpm-workspace.yaml'), 'node_modules', '.pnpm', 'node_modules');
  const [command, ...words] = [...(options.prefix ?? []), process.execPath, bundle, ...(options.arguments ?? [])];
  return startProcess(command!, words, {
    ...options,
    // A bundle contains every package but native ones, which it has to find as the package that it contains would.
    environment: { NODE_PATH: hoisted, ...options.environment },
  });
}

/** Starts any other program as an actor: one in Python, for instance. */
export function startProcess(command: string, words: readonly string[], options: ActorOptions = {}): Actor {
  const child = spawn(command, words, {
    stdio: ['pipe', 'pipe', 'pipe', ...(options.descriptors ?? [])],
    env: { ...process.env, ...options.environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin?.on('error', () => undefined); // told too late: it has ended
  return asActor(child, path.basename(words[0] ?? command));
}

/** Random numbers from 0 up to 1, the same for the same seed (mulberry32). Print the seed of a run that fails. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function asActor(child: ChildProcess, name: string): Actor {
  const lines: string[] = [];
  const listeners: (() => void)[] = [];
  let heard = 0;
  let [rest, errors] = ['', ''];
  let exit: ActorExit | undefined;
  const wake = () => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() as string;
    lines.push(...parts);
    wake();
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const exited = new Promise<ActorExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      exit = { code, signal, errors };
      wake();
      resolve(exit);
    });
  });
  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    tell: (line) => void child.stdin?.write(`${line}\n`),
    hangUp: () => void child.stdin?.end(),
    kill: (signal = 'SIGKILL') => child.kill(signal),
    onLine(listener) {
      let seen = 0;
      const drain = () => {
        while (seen < lines.length) listener(lines[seen++] as string);
      };
      listeners.push(drain);
      drain();
    },
    hear(expected = /^/) {
      const answer = new Promise<string>((resolve, reject) => {
        const look = () => {
          const at = lines.findIndex((line, n) => n >= heard && matches(line, expected));
          if (at < 0 && exit === undefined) return;
          listeners.splice(listeners.indexOf(look), 1);
          if (at < 0)
            return reject(new Error(`${name} ended (${exit?.signal ?? exit?.code}) before ${expected}: ${errors}`));
          heard = at + 1;
          resolve(lines[at] as string);
        };
        listeners.push(look);
        look();
      });
      answer.catch(() => undefined); // a test that fails may never come to await it
      return answer;
    },
  };
}

function matches(line: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? line === expected : expected.test(line);
}

function nearest(dir: string, file: string): string {
  if (existsSync(path.join(dir, file))) return dir;
  if (path.dirname(dir) === dir) throw new Error(`bug: no ${file} above the test.`);
  return nearest(path.dirname(dir), file);
}
