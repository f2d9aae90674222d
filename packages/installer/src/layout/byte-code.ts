// Where interpreters keep byte-code: `__pycache__/b.cpython-311.pyc` beside `b.py` (PEP 3147). Any interpreter may write it
// and any user may remove it, so it never counts as a change and never as damage.
import path from 'node:path';

/** The name of the directory. */
export const cacheDirName = '__pycache__';

/** Whether `file` is such a directory. */
export function isCacheDir(file: string): boolean {
  return path.posix.basename(file) === cacheDirName;
}

/** Whether `file` is such a directory, or is in one. */
export function isInCache(file: string): boolean {
  return /(?:^|\/)__pycache__(?:\/|$)/.test(file);
}

/** Whether `file` is byte-code, or a directory for it: also a `.pyc` outside of such a directory. */
export function isByteCode(file: string): boolean {
  return file.endsWith('.pyc') || isInCache(file);
}

/** The source of the byte-code at `file`: `a/b.py` of `a/__pycache__/b.cpython-311.pyc`. */
export function sourceOfByteCode(file: string): string {
  return file.replace(/(^|\/)__pycache__\/([^/.]+)\.[^/]*$/, '$1$2.py');
}

/** The name of the source that the file `name` of such a directory belongs to: `b.py` of `b.cpython-311.pyc`. */
export function sourceNameOf(name: string): string {
  return `${name.split('.', 1)[0]}.py`;
}

/** Whether an interpreter is writing the byte-code `name` now: it renames the file when it is complete. */
export function isUnfinishedByteCode(name: string): boolean {
  return /\.pyc\.\d+$/.test(name);
}
