// What the tests of this package start from: a cache in memory, an interpreter that is only a file, and the real ones.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type FactsCache, findInterpreter, type Interpreter, PythonError } from '../src/index.ts';

/** A cache that keeps what it is given; `reads` and `writes` count. */
export function memoryCache(): FactsCache & { readonly texts: Map<string, string>; writes: number } {
  const texts = new Map<string, string>();
  return {
    texts,
    writes: 0,
    read: (key) => texts.get(key),
    write(key, text) {
      this.writes += 1;
      texts.set(key, text);
    },
  };
}

/** An interpreter for tests that start none: its executable is a file in `dir` that ends at once. */
export function fakeInterpreter(dir: string, version: readonly [number, number, number] = [3, 11, 7]): Interpreter {
  const short = `${version[0]}.${version[1]}`;
  const executable = path.join(dir, 'base', 'bin', `python${short}`);
  mkdirSync(path.dirname(executable), { recursive: true });
  writeFileSync(executable, '\x7fELF');
  chmodSync(executable, 0o755);
  return {
    executable,
    version,
    versionText: version.join('.'),
    implementation: 'cpython',
    cacheTag: `cpython-${version[0]}${version[1]}`,
    magic: 'a70d0d0a',
    platform: 'linux-x86_64',
    markers: { platform_python_implementation: 'CPython' } as Interpreter['markers'],
    tags: ['py3-none-any'],
    libDirName: `python${short}`,
    purelib: `lib/python${short}/site-packages`,
    headersDir: `include/site/python${short}`,
    prefix: path.join(dir, 'base'),
    externallyManaged: false,
  };
}

/** The `python3` of PATH and one of every minor version that is found on it. */
export async function interpretersOnPath(): Promise<readonly Interpreter[]> {
  const searchPath = process.env.PATH ?? '';
  const cache = memoryCache();
  const requests = ['python3', ...Array.from({ length: 12 }, (_, at) => `3.${6 + at}`)];
  const found = new Map<string, Interpreter>();
  for (const request of requests) {
    try {
      const interpreter = await findInterpreter(request, { searchPath, cache });
      found.set(interpreter.version.slice(0, 2).join('.'), interpreter);
    } catch (error) {
      if (!(error instanceof PythonError) || error.code !== 'PYTHON_NOT_FOUND') throw error;
    }
  }
  return [...found.values()];
}
