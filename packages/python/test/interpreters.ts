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
    namedExecutable: executable,
    foundAs: executable,
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

// 3.6 is the oldest that works; the newest ones of this list may not exist yet.
const minors = Array.from({ length: 12 }, (_, at) => `3.${6 + at}`);

/** One interpreter of every minor version that is found on PATH. */
export async function everyInterpreter(): Promise<readonly Interpreter[]> {
  const cache = memoryCache();
  const found = await Promise.all(minors.map((minor) => tryFind(minor, cache)));
  return found.filter((interpreter) => interpreter !== undefined);
}

/** The `python3` of PATH, and beside it the oldest and the newest that are found there. */
export async function typicalInterpreters(): Promise<readonly Interpreter[]> {
  const cache = memoryCache();
  const usual = await tryFind('python3', cache);
  const every =
    usual === undefined ? [] : [usual, await firstOf(minors, cache), await firstOf(minors.toReversed(), cache)];
  const byVersion = new Map(every.flatMap((one) => (one ? [[one.version.slice(0, 2).join('.'), one] as const] : [])));
  return [...byVersion.values()];
}

async function firstOf(requests: readonly string[], cache: FactsCache): Promise<Interpreter | undefined> {
  for (const request of requests) {
    const found = await tryFind(request, cache);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function tryFind(request: string, cache: FactsCache): Promise<Interpreter | undefined> {
  try {
    return await findInterpreter(request, { searchPath: process.env.PATH ?? '', cache });
  } catch (error) {
    if (error instanceof PythonError && error.code === 'PYTHON_NOT_FOUND') return undefined;
    throw error;
  }
}
