// An open file that is closed on every way out; what goes wrong with it names its path.
import { atPath, ignoreFailure } from '@wheelwright/errors';
import type { Fs } from './ports.ts';

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
    ignoreFailure(() => fs.close(fd));
    throw atPath(error, path);
  }
  try {
    fs.close(fd);
  } catch (error) {
    throw atPath(error, path);
  }
  return result;
}
