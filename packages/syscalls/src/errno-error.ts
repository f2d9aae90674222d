// A failed native call as the error that Node itself would have thrown: code, errno, syscall, path and dest.
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** The error for `errno` of a native call, in the shape of the errors of `node:fs`. */
export function errnoError(errno: number, syscall: string, path?: string, dest?: string): NodeJS.ErrnoException {
  const [code, description] = describe(errno);
  const where = path === undefined ? '' : dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
  const error = new Error(`${code}: ${description}, ${syscall}${where}`);
  return Object.assign(error, {
    code,
    errno: -errno,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}

/** Whether `errno` is one of `names` on this platform. */
export function isErrnoNumber(errno: number, ...names: readonly (keyof typeof constants.errno)[]): boolean {
  return names.some((name) => constants.errno[name] === errno);
}

function describe(errno: number): readonly [code: string, description: string] {
  const known = getSystemErrorMap().get(-errno);
  if (known !== undefined) return known;
  // libuv names fewer errors than the platform has: ENOLCK is one that it does not know.
  const name = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0];
  return [name ?? `errno ${errno}`, 'system call failed'];
}
