// Whether a stream is a terminal. Node's `tty` loads sockets and streams, which costs more than an answer of `settled/`, so
// it is asked about devices only, and not about the null device.
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

/** As `isatty`, for a descriptor of this process. */
export function isTerminal(fd: number): boolean {
  return mayBeTerminal(fd) && isatty(fd);
}

/** The number of the null device on Linux. */
const nullDevice = 0x103;

function mayBeTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && !(process.platform === 'linux' && stat.rdev === nullDevice);
  } catch {
    return false; // EBADF: it is closed
  }
}
