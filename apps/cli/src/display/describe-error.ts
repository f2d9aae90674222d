// A failure as one sentence for people. Coded errors have theirs; those of the operating system get one here.
import { isCodedError, isErrno } from '@wheelwright/errors';
import { hintOf } from 'wheelwright';

const sentences: Readonly<Record<string, (where: string) => string>> = {
  ENOSPC: (where) => `The disk is full: ${where} could not be written.`,
  EDQUOT: (where) => `The disk quota is used up: ${where} could not be written.`,
  EFBIG: (where) => `${where} would be larger than this process may write (ulimit -f).`,
  ENOENT: (where) => `${where} does not exist, or its directory does not.`,
  ENOTDIR: (where) => `On the way to ${where} lies a file where a directory should be.`,
  EROFS: (where) => `${where} is on a read-only file system.`,
  EACCES: (where) => `Permission is denied for ${where}.`,
  EPERM: (where) => `The operation is not permitted on ${where}.`,
  EIO: (where) => `The disk failed at ${where}.`,
  EMFILE: (where) => `Too many files are open in this process to open ${where}.`,
  ENFILE: (where) => `Too many files are open on this machine to open ${where}.`,
};

/** What failed, in one sentence that ends with a full stop. */
export function describeError(error: unknown): string {
  if (isCodedError(error)) return error.message;
  if (isErrno(error)) {
    const { code = '', path, dest } = error as NodeJS.ErrnoException & { dest?: string };
    const sentence = sentences[code]?.(dest ?? path ?? 'a file');
    return sentence === undefined ? `${error.message}.` : sentence.replace(/\.$/, ` (${code}).`);
  }
  return error instanceof Error ? error.message : String(error);
}

/** A failure as the lines that a command ends with: what failed, what to do, of a build the end of its output, and where
 * the page of its code is. */
export function failureText(error: unknown): string {
  const lines = [`ww: ${describeError(error)}`];
  if (!isCodedError(error)) return lines.join('\n');
  const { data } = error;
  const hint = hintOf(error);
  const { log, logPath } = (data ?? {}) as { readonly log?: unknown; readonly logPath?: unknown };
  if (hint !== undefined) lines.push(`    ${hint}`);
  if (typeof log === 'string' && log.trim() !== '') {
    lines.push(
      '  The end of the output:',
      ...log
        .trimEnd()
        .split('\n')
        .map((line) => `    | ${line}`),
    );
  }
  if (typeof logPath === 'string') lines.push(`  The whole output: ${logPath}`);
  if (error.code !== 'WHEELWRIGHT_USAGE') lines.push(`    \`ww help ${error.code}\` says more.`);
  return lines.join('\n');
}
