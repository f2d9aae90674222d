// The actor's half of the conversation with the test that started it (see actors.ts).
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Says a line to the test, at once: a kill right after it takes nothing back. */
export function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error; // the pipe is full: the test is slow
    }
  }
}

/** The lines that the test tells, one by one; `undefined` when it has closed the conversation. */
export function listen(): () => Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    return done === true ? undefined : value;
  };
}
