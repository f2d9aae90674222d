// Calls flock(2) by the means that this machine has. A try uses the native call; a wait uses a child process, flock(1)
// or Python, that inherits the descriptor. The lock belongs to the open file description, so this process keeps it when
// the child ends.
import { spawn, spawnSync } from 'node:child_process';
import { isErrno } from '@wheelwright/errors';
import { nativeCallsAvailable, tryFlock } from '@wheelwright/syscalls';
import { LockError } from './lock-error.ts';
import type { LockMode } from './ports.ts';

/** The calls that the flock backend needs; tests replace them. */
export interface FlockCalls {
  /** Locks without waiting; false when another description excludes it. Throws the errno of the system call. */
  try(fd: number, mode: LockMode): boolean;
  /** Whether a try is cheap enough to repeat: true with native calls, false when each one starts a child. */
  tryIsCheap(): boolean;
  /** Waits in the kernel's queue. Rejects when `signal` is aborted and the waiting child has ended. */
  wait(fd: number, mode: LockMode, signal: AbortSignal): Promise<void>;
}

interface Helper {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Matches its error output when it could not start the program that takes the lock. */
  readonly refusal?: RegExp | undefined;
}

type Outcome = 'locked' | 'busy' | 'absent' | 'killed' | NodeJS.ErrnoException | LockError;

const python = ['-S', '-E', '-I', '-c'];
const script = `
import fcntl, sys
try:
    fcntl.flock(3, int(sys.argv[1]))
except BlockingIOError:
    sys.exit(1)
except OSError as error:
    sys.exit('%d %s' % (error.errno, error.strerror))
`;
const letter = { shared: '-s', exclusive: '-x' } as const;
const operation = { shared: 1, exclusive: 2 } as const;

/** The calls of this machine. */
export const flockCalls: FlockCalls = {
  try(fd, mode) {
    const locked = tryFlock(fd, mode);
    if (locked !== undefined) return locked;
    let failed: LockError | undefined;
    for (const helper of helpers(mode, false)) {
      const { error, status, stderr } = spawnSync(helper.command, helper.arguments, {
        stdio: ['ignore', 'ignore', 'pipe', fd],
        encoding: 'utf8',
      });
      const outcome = read(error, status, stderr ?? '');
      if (outcome === 'locked' || outcome === 'busy') return outcome === 'locked';
      if (outcome instanceof LockError)
        failed = outcome; // perhaps a translated message: Python reports the number
      else if (outcome instanceof Error) throw outcome;
    }
    throw failed ?? noHelper();
  },

  tryIsCheap: nativeCallsAvailable,

  async wait(fd, mode, signal) {
    if (signal.aborted) throw signal.reason;
    if (tryFlock(fd, mode) === true) return;
    for (const helper of helpers(mode, true)) {
      for (let kills = 0; kills < 10; kills++) {
        const outcome = await run(helper, fd, signal);
        if (signal.aborted) throw signal.reason;
        if (outcome === 'locked') return;
        if (outcome instanceof Error) throw outcome;
        if (outcome === 'absent') break;
      }
    }
    throw noHelper();
  },
};

function helpers(mode: LockMode, waiting: boolean): Helper[] {
  const flock = [...(waiting ? [] : ['-n']), letter[mode], '3'];
  // setpriv ends a waiting child together with this process; without it the child waits on until its turn.
  const tied = { command: 'setpriv', arguments: ['--pdeathsig', 'KILL', 'flock', ...flock], refusal: /setpriv/ };
  return [
    ...(waiting ? [tied] : []),
    { command: 'flock', arguments: flock },
    { command: 'python3', arguments: [...python, script, String(operation[mode] | (waiting ? 0 : 4))] },
  ];
}

function run(helper: Helper, fd: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('killed');
    const child = spawn(helper.command, helper.arguments, { stdio: ['ignore', 'ignore', 'pipe', fd] });
    const stop = () => child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const finish = (outcome: Outcome) => {
      signal.removeEventListener('abort', stop);
      resolve(outcome);
    };
    child.once('error', (error) => finish(read(error, null, '')));
    child.once('close', (status) => finish(helper.refusal?.test(text) ? 'absent' : read(undefined, status, text)));
  });
}

function read(error: Error | undefined, status: number | null, text: string): Outcome {
  if (error !== undefined) return isErrno(error, 'ENOENT', 'EACCES') ? 'absent' : (error as NodeJS.ErrnoException);
  if (status === 0) return 'locked';
  if (status === null) return 'killed';
  if (status === 1 && text === '') return 'busy';
  return failure(text.trim());
}

/** The error for a helper's output: Python prints the errno's number, flock(1) its English text. */
function failure(text: string): NodeJS.ErrnoException | LockError {
  const names = { ENOSYS: /^38 |not implemented/i, EOPNOTSUPP: /^95 |not supported/i, ENOLCK: /^37 |no locks/i };
  for (const [code, pattern] of Object.entries(names)) {
    if (pattern.test(text)) return Object.assign(new Error(`${code}: ${text}, flock`), { code, syscall: 'flock' });
  }
  return new LockError(
    'FSLOCK_UNSUPPORTED',
    `The helper process that takes the lock failed: ${text || 'it printed no message'}.`,
  );
}

function noHelper(): LockError {
  return new LockError('FSLOCK_UNSUPPORTED', 'This machine has no program that can take a file lock.', {
    hint: 'Install the optional package koffi, the flock command or python3.',
  });
}
