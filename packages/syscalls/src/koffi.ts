// The system calls that Node lacks, bound through koffi. The only file that loads koffi, and only at the first call: a
// process that needs none of this pays nothing, and one without koffi (or without a build of it for this machine) takes
// the fallback that each caller names. Every binding gives 0 or the errno; none throws and none waits.
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What could be bound here; a call that this C library or kernel does not offer is undefined. */
export interface NativeCalls {
  readonly flock: ((fd: number, operation: number) => number) | undefined;
  readonly linkat: ((fromDir: number, from: string, toDir: number, to: string) => number) | undefined;
  readonly renameat2: ((from: string, to: string, flags: number) => number) | undefined;
  readonly syncfs: ((fd: number) => number) | undefined;
  /** Resolves with 0, or with -1 and no errno: that of another thread cannot be asked for. */
  readonly syncfsBeside: ((fd: number) => Promise<number>) | undefined;
  readonly inflate: NativeInflate | undefined;
  /** `libdeflate_crc32`. */
  readonly crc32: ((start: number, bytes: Uint8Array) => number) | undefined;
  /** True where the C library took the setting. */
  readonly mallopt: ((parameter: number, value: number) => boolean) | undefined;
}

/**
 * `libdeflate_deflate_decompress_ex`: 0 where `source` holds one whole stream that fits into `target`; then the
 * first numbers of `consumed` and `written` are the bytes of either that were used.
 */
export type NativeInflate = (
  source: Uint8Array,
  target: Uint8Array,
  consumed: BigUint64Array,
  written: BigUint64Array,
) => number;

interface Koffi {
  load(path: string | null): {
    func(name: string, result: string, parameters: readonly string[]): NativeFunction;
  };
  errno(): number;
}

interface NativeFunction {
  (...values: unknown[]): number;
  /** Runs it on a thread of the pool. The callback's value is what the function returned. */
  async(...values: unknown[]): void;
}

type Binding = (...values: unknown[]) => number;

const currentDir = -100; // AT_FDCWD of Linux
const renameat2Numbers: Partial<Record<string, number>> = {
  x64: 316,
  arm64: 276,
  riscv64: 276,
  loong64: 276,
  arm: 382,
};

const muslLoaders = { x64: '/lib/ld-musl-x86_64.so.1', arm64: '/lib/ld-musl-aarch64.so.1' };

let calls: NativeCalls | undefined;
let tried = false;

/** The native calls, bound at the first request; undefined where koffi is absent or switched off. */
export function nativeCalls(): NativeCalls | undefined {
  if (!tried) {
    tried = true;
    calls = bindAll();
  }
  return calls;
}

/** Whether native calls work in this process. Loads koffi if that has not happened. */
export function nativeCallsAvailable(): boolean {
  return nativeCalls() !== undefined;
}

/**
 * Whether native calls work in this process and koffi is loaded already: then one more call costs microseconds. Loads
 * nothing.
 */
export function nativeCallsLoaded(): boolean {
  return calls !== undefined;
}

/** From now on every call of this process takes its fallback, as on a machine without koffi. */
export function disableNativeCalls(): void {
  tried = true;
  calls = undefined;
}

function bindAll(): NativeCalls | undefined {
  if (process.platform === 'win32') return undefined;
  try {
    const koffi = loadKoffi();
    const library = koffi.load(null);
    const find = (name: string, result: string, parameters: readonly string[]) => {
      try {
        return library.func(name, result, parameters);
      } catch {
        return undefined; // this C library lacks the symbol
      }
    };
    const bind = (name: string, result: string, parameters: readonly string[]) => {
      const call = find(name, result, parameters);
      return call && ((...values: unknown[]) => again(koffi, () => call(...values)));
    };
    const syncfs = process.platform === 'linux' ? find('syncfs', 'int', ['int']) : undefined;
    const mallopt = process.platform === 'linux' ? find('mallopt', 'int', ['int', 'int']) : undefined;
    return {
      ...bindFrom(bind),
      syncfsBeside: syncfs && beside(syncfs),
      ...bindDeflate(koffi),
      mallopt: mallopt && ((parameter, value) => mallopt(parameter, value) === 1),
    };
  } catch {
    return undefined; // koffi is not installed, or has no build for this machine
  }
}

/** Gives 0 or the errno. Where a signal came in between (EINTR) none of these calls has done anything: it is made again. */
function again(koffi: Koffi, call: () => number): number {
  for (;;) {
    if (call() === 0) return 0;
    const errno = koffi.errno();
    if (errno !== constants.errno.EINTR) return errno;
  }
}

// Koffi itself looks for the build that fits this machine, which takes several times as long as loading it: the likely
// one is looked for first, where an installation of koffi has it.
function loadKoffi(): Koffi {
  const { platform, arch } = process;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64') && !existsSync(muslLoaders[arch])) {
    const build = findBuild(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`);
    const module = { exports: {} };
    try {
      if (build !== undefined) {
        process.dlopen(module, build);
        return module.exports as Koffi;
      }
    } catch {
      // Not for this machine after all: koffi may know better.
    }
  }
  return createRequire(import.meta.url)('koffi');
}

function findBuild(file: string): string | undefined {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const koffi = path.join(directory, 'node_modules', 'koffi');
    if (existsSync(koffi)) {
      const build = path.join(realpathSync(koffi), '..', file);
      return existsSync(build) ? build : undefined;
    }
    const parent = path.dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
  }
}

function bindFrom(
  bind: (name: string, result: string, parameters: readonly string[]) => Binding | undefined,
): Omit<NativeCalls, 'syncfsBeside' | 'inflate' | 'crc32' | 'mallopt'> {
  const flock = bind('flock', 'int', ['int', 'int']);
  const linkat = bind('linkat', 'int', ['int', 'str', 'int', 'str', 'int']);
  const linux = process.platform === 'linux';
  const syncfs = linux ? bind('syncfs', 'int', ['int']) : undefined;
  return {
    flock,
    linkat: linkat && ((fromDir, from, toDir, to) => linkat(fromDir, from, toDir, to, 0)),
    renameat2: linux ? bindRenameat2(bind) : undefined,
    syncfs,
  };
}

function beside(call: NativeFunction): (fd: number) => Promise<number> {
  return (fd) =>
    new Promise((resolve, reject) => {
      call.async(fd, (error: unknown, result: number) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
}

const deflateNames: Partial<Record<string, readonly string[]>> = {
  linux: ['libdeflate.so.0'],
  darwin: ['libdeflate.0.dylib', 'libdeflate.dylib'],
};

// The system's libdeflate, where it is installed. One decompressor a thread, for as long as the thread lives.
function bindDeflate(koffi: Koffi): Pick<NativeCalls, 'inflate' | 'crc32'> {
  for (const name of deflateNames[process.platform] ?? []) {
    try {
      const library = koffi.load(name);
      const decompressor: unknown = library.func('libdeflate_alloc_decompressor', 'void *', [])();
      const inputs = ['void *', 'void *', 'size_t', 'void *', 'size_t', 'void *', 'void *'];
      const call = library.func('libdeflate_deflate_decompress_ex', 'int', inputs);
      const crc32 = library.func('libdeflate_crc32', 'uint32_t', ['uint32_t', 'void *', 'size_t']);
      return {
        inflate: (source, target, consumed, written) =>
          call(decompressor, source, source.length, target, target.length, consumed, written),
        crc32: (start, bytes) => crc32(start, bytes, bytes.length),
      };
    } catch {
      // Not installed, or of another interface.
    }
  }
  return { inflate: undefined, crc32: undefined };
}

function bindRenameat2(bind: (name: string, result: string, parameters: readonly string[]) => Binding | undefined) {
  const parameters = ['int', 'str', 'int', 'str', 'uint'];
  const renameat2 = bind('renameat2', 'int', parameters);
  if (renameat2) {
    return (from: string, to: string, flags: number) => renameat2(currentDir, from, currentDir, to, flags);
  }
  // musl before 1.2.6 has no wrapper, but the kernel has had the call since 3.15.
  const number = renameat2Numbers[process.arch];
  const syscall = number === undefined ? undefined : bind('syscall', 'long', ['long', ...parameters]);
  return (
    syscall && ((from: string, to: string, flags: number) => syscall(number, currentDir, from, currentDir, to, flags))
  );
}
