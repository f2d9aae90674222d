// A disk that dies, fails or tears at one chosen call, over any object with the mutating calls of a file system. The
// process that used it counts as dead from then on: every later call fails too, and its descriptors are closed.
import { closeSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';

/** The mutating calls; the port of any package with these shapes fits. */
export interface FsLike {
  open(path: string, flags: string | number, mode?: number): number;
  write(fd: number, data: Uint8Array): number;
  close(fd: number): void;
  fsync(fd: number): void;
  mkdir(path: string, mode?: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  renameExchange(a: string, b: string): boolean;
  renameNoReplace(from: string, to: string): 'renamed' | 'exists';
  link(existing: string, path: string): void;
  linkMany(sourceDir: string, targetDir: string, names: readonly string[]): void;
  symlink(target: string, path: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  utimes(path: string, atimeS: number, mtimeS: number): void;
  copyFile(from: string, to: string, options?: { readonly reflink?: 'try' | 'force' | undefined }): void;
  syncFileSystem(fd: number): boolean;
}

/** What a call of a dead process throws. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** `before` the call does anything, `after` it is done, or `torn`: half of a write, of a copy, of a list of links. */
export type Moment = 'before' | 'after' | 'torn';

export interface Trouble {
  /** The call at which it happens, counted from 1; never by default. A list of links counts as one call a link. */
  readonly crashAt?: number | undefined;
  readonly how?: Moment | undefined;
  /** Instead of a crash, the call fails with this errno and the process lives on. */
  readonly error?: string | undefined;
  /** Every call from that one on fails with `error`. */
  readonly sticky?: boolean | undefined;
  /** Every write takes half of what it is given. */
  readonly shortWrites?: boolean | undefined;
  /** False: as on a platform with none of the calls that Node lacks; what replaces them is counted step by step. */
  readonly native?: boolean | undefined;
}

export interface CrashingFs extends FsLike {
  /** One line per call so far: its name and its paths. */
  readonly operations: readonly string[];
  /** Whether the crash, or the first error, has happened. */
  readonly crashed: boolean;
  /** The line of the call at which it happened. */
  readonly crashedAt: string | undefined;
}

/** `inner`, with the trouble that was asked for. */
export function crashingFs(inner: FsLike, trouble: Trouble = {}): CrashingFs {
  const { crashAt = 0, how = 'before', error, sticky = false, shortWrites = false, native = true } = trouble;
  const operations: string[] = [];
  const openFds = new Set<number>();
  let crashedAt: string | undefined;

  const fail = (line: string): never => {
    crashedAt ??= line;
    if (error !== undefined) throw errnoError(error, line);
    for (const fd of openFds) closeSync(fd);
    openFds.clear();
    throw new Crash(`crash ${how} operation ${operations.length}: ${line}`);
  };
  const step = <T>(name: string, paths: readonly string[], perform: () => T, tear?: () => void): T => {
    const line = [name, paths.join(' -> ')].join(' ').trimEnd();
    if (crashedAt !== undefined && error === undefined) throw new Crash(`${line}: this process is dead`);
    operations.push(line);
    if (crashedAt !== undefined && sticky) return fail(line);
    if (operations.length !== crashAt) return perform();
    try {
      if (how === 'after') perform();
      if (how === 'torn') tear?.();
    } catch {
      // A call that fails by itself comes to an end too, and the process dies after that.
    }
    return fail(line);
  };

  const self: CrashingFs = {
    operations,
    get crashed() {
      return crashedAt !== undefined;
    },
    get crashedAt() {
      return crashedAt;
    },
    open: (path, flags, mode) =>
      step(`open(${flags})`, [path], () => {
        const fd = inner.open(path, flags, mode);
        openFds.add(fd);
        return fd;
      }),
    write: (fd, data) => {
      const half = data.subarray(0, Math.ceil(data.length / 2));
      return step(
        'write',
        [`${data.length} bytes`],
        () => inner.write(fd, shortWrites ? half : data),
        () => inner.write(fd, data.subarray(0, Math.floor(data.length / 2))),
      );
    },
    close: (fd) => {
      // A close that fails has closed all the same; so has a dead process.
      if (openFds.delete(fd)) inner.close(fd);
      step('close', [], () => undefined);
    },
    fsync: (fd) => step('fsync', [], () => inner.fsync(fd)),
    mkdir: (path, mode) => step('mkdir', [path], () => inner.mkdir(path, mode)),
    rmdir: (path) => step('rmdir', [path], () => inner.rmdir(path)),
    unlink: (path) => step('unlink', [path], () => inner.unlink(path)),
    rename: (from, to) => step('rename', [from, to], () => inner.rename(from, to)),
    renameExchange: (a, b) => native && step('renameExchange', [a, b], () => inner.renameExchange(a, b)),
    renameNoReplace: (from, to) =>
      native
        ? step('renameNoReplace', [from, to], () => inner.renameNoReplace(from, to))
        : renameNoReplaceInSteps(self, from, to),
    link: (existing, path) => step('link', [existing, path], () => inner.link(existing, path)),
    linkMany: (sourceDir, targetDir, names) => {
      for (const [linked, name] of names.entries()) {
        try {
          const paths = [`${sourceDir}/${name}`, `${targetDir}/${name}`] as const;
          step('linkMany', paths, () => (native ? inner.linkMany(sourceDir, targetDir, [name]) : inner.link(...paths)));
        } catch (failure) {
          throw Object.assign(failure as Error, { linked });
        }
      }
    },
    symlink: (target, path) => step('symlink', [target, path], () => inner.symlink(target, path)),
    chmod: (path, mode) => step('chmod', [path], () => inner.chmod(path, mode)),
    chown: (path, uid, gid) => step('chown', [path], () => inner.chown(path, uid, gid)),
    utimes: (path, atimeS, mtimeS) => step('utimes', [path], () => inner.utimes(path, atimeS, mtimeS)),
    copyFile: (from, to, options) =>
      step(
        'copyFile',
        [from, to],
        () => inner.copyFile(from, to, options),
        () => {
          const data = readFileSync(from);
          writeFileSync(to, data.subarray(0, Math.floor(data.length / 2)), { flag: 'wx' });
        },
      ),
    syncFileSystem: (fd) => native && step('syncFileSystem', [], () => inner.syncFileSystem(fd)),
  };
  return self;
}

/** What stands in for the call where there is none: see its fallback in syscalls. */
function renameNoReplaceInSteps(fs: FsLike, from: string, to: string): 'renamed' | 'exists' {
  const isDirectory = lstatSync(from).isDirectory();
  try {
    if (isDirectory) fs.mkdir(to);
    else fs.link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists';
    throw error;
  }
  if (isDirectory) fs.rename(from, to);
  else fs.unlink(from);
  return 'renamed';
}

function errnoError(code: string, line: string): NodeJS.ErrnoException {
  const errno = -(constants.errno as Record<string, number>)[code]!;
  return Object.assign(new Error(`${code}: injected, ${line}`), { code, errno, syscall: line.split(/[ (]/)[0]! });
}
