// The facts about an interpreter that decide which wheels it can install. Shared by supported-tags.ts and platform-tags.ts,
// which would import each other otherwise.

/**
 * What decides the tags of an interpreter: plain values, read from the interpreter by the caller. Fields that do not apply
 * to its platform are left out.
 */
export interface InterpreterFacts {
  /** `sys.implementation.name`: `cpython`, `pypy`, `graalpy`, … */
  readonly implementation: string;
  /** The Python version: major and minor number, and more. */
  readonly version: readonly [number, number, ...number[]];
  /**
   * `sysconfig.get_platform()`: `linux-x86_64`, `macosx-11.0-arm64`, `win-amd64`, `ios-13.0-arm64-iphoneos`,
   * `android-21-arm64_v8a`, …
   */
  readonly platform: string;
  /** The C library it runs on, where the platform is linux. */
  readonly glibc?: readonly [number, number] | undefined;
  /** The version of musl it runs on, where the platform is linux with musl. */
  readonly musl?: readonly [number, number] | undefined;
  /** The version of macOS it runs on; else that of `platform`. */
  readonly macos?: readonly [number, number] | undefined;
  /** The version of iOS it runs on, major and minor; else that of `platform`. */
  readonly ios?: readonly [number, number] | undefined;
  /** The API level of the Android it runs on; else that of `platform`. */
  readonly android?: number | undefined;
  /** Built without the global interpreter lock. */
  readonly threaded?: boolean | undefined;
  /** Built with `Py_DEBUG`. */
  readonly debug?: boolean | undefined;
  /** A 32-bit interpreter, which may run on a 64-bit system. */
  readonly is32Bit?: boolean | undefined;
  /** On 32-bit ARM: whether it uses the hard-float ABI that manylinux asks for; true if not told. */
  readonly hardFloat?: boolean | undefined;
  /** The ABI tags of an implementation other than CPython, such as `pypy311_pp73`. */
  readonly abis?: readonly string[] | undefined;
}
