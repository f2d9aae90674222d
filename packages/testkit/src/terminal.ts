// A program on a terminal of a size that tests choose: Python opens the pseudo-terminal, an emulator keeps what is on the
// screen. Callers wait for what the screen shows instead of sleeping.
import { spawn } from 'node:child_process';
import xterm from '@xterm/headless';

/** What runs, and on which terminal. */
export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly columns: number;
  readonly rows: number;
}

/** A program that runs on a terminal. */
export interface Terminal {
  /** The lines on the screen now, without what is empty at their end and at the end of the screen. */
  screen(): string[];
  /** The same with what has scrolled out at the top. */
  all(): string[];
  /** Resolves to the screen at the first moment at which `matches` holds; rejects when the program has ended before. */
  until(matches: (screen: readonly string[]) => boolean): Promise<string[]>;
  /** Types: `\u0003` is Ctrl-C. */
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves to the exit code (128 + n for signal n) when the program has ended and its last output is on the screen. */
  readonly ended: Promise<number>;
}

// Messages to it are lines: `k` and the hexadecimal text to type, `r` and a size.
const host = `
import fcntl, os, pty, select, struct, sys, termios
columns, rows = int(sys.argv[1]), int(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
waiting = [fd, 0]
while True:
    for one in select.select(waiting, [], [])[0]:
        try:
            data = os.read(one, 65536)
        except OSError:
            data = b""
        if one == fd:
            if not data:
                status = os.waitpid(pid, 0)[1]
                sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
            os.write(1, data)
        elif not data:
            waiting = [fd]
        else:
            for line in data.decode().splitlines():
                kind, _, rest = line.partition(" ")
                if kind == "k":
                    os.write(fd, bytes.fromhex(rest))
                else:
                    c, r = map(int, rest.split())
                    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", r, c, 0, 0))
`;

/** Starts a program on a terminal of its own. Needs a python3 on the PATH of this process. */
export function openTerminal(command: string, args: readonly string[], options: TerminalOptions): Terminal {
  const { cwd, env, columns, rows } = options;
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false });
  const child = spawn('python3', ['-S', '-E', '-c', host, String(columns), String(rows), command, ...args], {
    cwd,
    env: { ...env, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {}); // it may have ended already
  const watchers = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => emulator.write(data, () => [...watchers].forEach((look) => void look())));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => emulator.write('', () => resolve(code ?? 1)));
  });
  const lines = (from: number) => {
    const { active } = emulator.buffer;
    const found: string[] = [];
    for (let at = from; at < active.length; at += 1) found.push(active.getLine(at)?.translateToString(true) ?? '');
    while (found.at(-1) === '') found.pop();
    return found;
  };
  const screen = () => lines(emulator.buffer.active.baseY);
  return {
    screen,
    all: () => lines(0),
    until: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const now = screen();
          if (!matches(now)) return;
          watchers.delete(look);
          resolve(now);
        };
        watchers.add(look);
        look();
        ended.then(() => reject(new Error(`The program ended before that was shown:\n${lines(0).join('\n')}`)), reject);
      }),
    type: (text) => void child.stdin.write(`k ${Buffer.from(text).toString('hex')}\n`),
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows);
      child.stdin.write(`r ${newColumns} ${newRows}\n`);
    },
    ended,
  };
}
