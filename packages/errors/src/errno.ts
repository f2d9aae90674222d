// The errors of the operating system, recognised by name: catch the one that is expected, let the rest pass.

/** Whether `error` came from the operating system with one of `names` (`'ENOENT'`, …); with no names, with any. */
export function isErrno(error: unknown, ...names: readonly string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return false;
  return names.length === 0 ? typeof syscall === 'string' : names.includes(code);
}

/** The same `error`; one of the operating system about an open file, which names none, now names `path`. */
export function atPath(error: unknown, path: string): unknown {
  if (isErrno(error) && error.path === undefined) {
    error.path = path;
    error.message += ` '${path}'`;
  }
  return error;
}
