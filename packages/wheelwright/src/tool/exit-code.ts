// Maps an error to the command's exit code. Exit codes are public: scripts depend on them.
import { isCodedError, isErrno } from '@wheelwright/errors';

/** The meaning of each exit code. */
export const exitCodes = {
  done: 0,
  bug: 1,
  usage: 2,
  badInput: 3,
  notFound: 4,
  backendFailed: 5,
  conflict: 6,
  lockTimeout: 7,
  disk: 8,
  network: 9,
  checkFailed: 10,
  /** The caller's signal ended the call; the same code as after SIGINT. */
  aborted: 130,
} as const;

/** Codes by longest matching prefix. */
const classes: readonly (readonly [prefix: string, exitCode: number])[] = [
  ['WHEELWRIGHT_USAGE', exitCodes.usage],
  ['WHEELWRIGHT_NO_INDEX', exitCodes.usage],
  ['WHEELWRIGHT_NO_STORE', exitCodes.disk],
  ['WHEELWRIGHT_NO_DATA_DIRECTORY', exitCodes.usage],
  ['WHEELWRIGHT_ABORTED', exitCodes.aborted],
  ['WHEELWRIGHT_BAD_INPUT', exitCodes.badInput],
  ['WHEELWRIGHT_HASH_MISMATCH', exitCodes.network],
  ['WHEELWRIGHT_HASH_MISSING', exitCodes.badInput],
  ['WHEELWRIGHT_BUILD_REQUIREMENTS', exitCodes.notFound],
  ['WHEELWRIGHT_BUILDS_DIFFER', exitCodes.conflict],
  ['WHEELWRIGHT_LOCK_OUTDATED', exitCodes.conflict],
  ['WHEELWRIGHT_SOURCE_UNAVAILABLE', exitCodes.network],
  ['WHEELWRIGHT_WRONG_PLATFORM', exitCodes.notFound],
  ['WHEELWRIGHT_NOT_INSTALLED', exitCodes.notFound],
  ['WHEELWRIGHT_ENVIRONMENT_CHANGED', exitCodes.conflict],
  ['PACKAGING_', exitCodes.badInput],
  ['WHEEL_', exitCodes.badInput],
  ['SDIST_', exitCodes.badInput],
  ['ARCHIVE', exitCodes.badInput],
  ['RESOLVE_', exitCodes.notFound],
  ['PEP517_NOT_A_PROJECT', exitCodes.badInput],
  ['PEP517_BAD_PYPROJECT', exitCodes.badInput],
  ['PEP517_BUILD_CYCLE', exitCodes.notFound],
  ['PEP517_TREE_CHANGED', exitCodes.conflict],
  ['PEP517_', exitCodes.backendFailed],
  ['INSTALL_ABORTED', exitCodes.aborted],
  ['PEP517_ABORTED', exitCodes.aborted],
  ['FSLOCK_ABORTED', exitCodes.aborted],
  ['INSTALL_CHECK_FAILED', exitCodes.checkFailed],
  ['INSTALL_NOT_INSTALLED', exitCodes.notFound],
  ['INSTALL_NO_SUCH_GENERATION', exitCodes.notFound],
  ['INSTALL_UNSAFE_', exitCodes.disk],
  ['INSTALL_', exitCodes.conflict],
  ['ENVIRONMENT_NOT_FOUND', exitCodes.usage],
  ['ENVIRONMENT_', exitCodes.conflict],
  ['PYTHON_NOT_FOUND', exitCodes.notFound],
  ['PYTHON_', exitCodes.notFound],
  ['FSLOCK_TIMEOUT', exitCodes.lockTimeout],
  ['FSLOCK_HELD_BY_ANCESTOR', exitCodes.lockTimeout],
  ['FSLOCK_UNSUPPORTED', exitCodes.lockTimeout],
  ['FSLOCK_', exitCodes.disk],
  ['STORE_', exitCodes.disk],
  ['STORE_HASH_MISMATCH', exitCodes.network],
  ['ATOMIC_FS_', exitCodes.disk],
  ['INDEX_NOT_FOUND', exitCodes.notFound],
  ['INDEX_BAD_CERTIFICATES', exitCodes.usage],
  ['INDEX_', exitCodes.network],
  ['REMOTE_MISCONFIGURED', exitCodes.usage],
  ['REMOTE_', exitCodes.network],
];

/** The exit code for `error`: that of its error code, 8 if the disk or a permission refused, 1 for a bug in wheelwright. */
export function exitCodeOf(error: unknown): number {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    // A full disk gives the same exit code, whichever error wraps it.
    if (isErrno(at, 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO', 'EMFILE', 'ENFILE')) return exitCodes.disk;
  }
  if (isCodedError(error)) {
    const { code } = error;
    const best = classes.filter(([prefix]) => code.startsWith(prefix)).sort((a, b) => b[0].length - a[0].length)[0];
    if (best !== undefined) return best[1];
  }
  if (isErrno(error)) return exitCodes.disk;
  return exitCodes.bug;
}
