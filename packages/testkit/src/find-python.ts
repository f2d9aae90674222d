// The Python of the search path, as the tests find it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** A Python of the search path. */
export interface HostPython {
  /** What it says its own executable is, absolute; not a shim. */
  readonly executable: string;
  /** The directory of the executable. */
  readonly binDir: string;
}

/**
 * The first `python3` of the search path that runs `code` and exits with 0; undefined where there is none. `code` is
 * Python source, empty by default; it runs in `/`, so that no module of the working directory is found.
 */
export function findPython(code = '', searchPath = process.env.PATH ?? ''): HostPython | undefined {
  for (const dir of searchPath.split(path.delimiter)) {
    const candidate = path.join(dir, 'python3');
    if (dir === '' || !existsSync(candidate)) continue;
    const { status, stdout } = spawnSync(candidate, ['-c', `${code}\nimport sys; print(sys.executable)`], {
      encoding: 'utf8',
      cwd: '/',
    });
    const executable = stdout?.trim();
    if (status === 0 && executable) return { executable, binDir: path.dirname(executable) };
  }
  return undefined;
}

/** The first one with a setuptools that can build wheels: 70.1 or newer, or with the project `wheel` beside it. */
export function findSetuptoolsPython(): HostPython | undefined {
  return findPython(`
import setuptools.build_meta
try:
    import setuptools.command.bdist_wheel
except ImportError:
    import wheel.bdist_wheel
`);
}

interface FindOptions {
  readonly searchPath: string;
  readonly cache: { read(): undefined; write(): void };
}

/**
 * What `findInterpreter` of the package python gives for `request` (`python3` by default) on the search path, with no
 * cache of facts; undefined where this machine has no such interpreter. The function is handed in, since this package
 * imports none of those that it helps to test.
 */
export async function tryFindInterpreter<Interpreter>(
  findInterpreter: (request: string, options: FindOptions) => Promise<Interpreter>,
  request = 'python3',
): Promise<Interpreter | undefined> {
  const cache = { read: () => undefined, write: () => undefined };
  try {
    return await findInterpreter(request, { searchPath: process.env.PATH ?? '', cache });
  } catch {
    return undefined;
  }
}
