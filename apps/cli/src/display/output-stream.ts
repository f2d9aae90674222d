// The two output streams, written synchronously.
import { writeSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** Writes all of `text`, or gives why it could not. */
export function write(fd: 1 | 2, text: string): NodeJS.ErrnoException | undefined {
  const data = Buffer.from(text);
  let at = 0;
  while (at < data.length) {
    try {
      at += writeSync(fd, data, at);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) return error as NodeJS.ErrnoException;
      // Another process made the pipe non-blocking, and its reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return undefined;
}
