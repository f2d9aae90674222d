// An open file that is closed on every way out.
import type { Fs } from './ports.ts';
import { quietly } from './quietly.ts';

/** Opens, runs, closes. A failing close is reported, but never in place of the failure that `run` met. */
export function withFile<T>(
  fs: Fs,
  path: string,
  flags: string | number,
  mode: number | undefined,
  run: (fd: number) => T,
): T {
  const fd = fs.open(path, flags, mode);
  let result: T;
  try {
    result = run(fd);
  } catch (error) {
    quietly(() => fs.close(fd));
    throw error;
  }
  fs.close(fd);
  return result;
}
