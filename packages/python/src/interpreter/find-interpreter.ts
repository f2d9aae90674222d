// Finds the interpreter that a request means. It asks the candidates in the order of the search path and takes the first
// that fits. If none fits, the error lists each candidate with the reason.
import { statSync } from 'node:fs';
import path from 'node:path';
import { PythonError } from '../python-error.ts';
import { findBaseExecutable } from './base-executable.ts';
import { type Interpreter, type ReadInterpreterOptions, readInterpreter } from './interpreter.ts';
import { shimChoices } from './shims.ts';

/** Options of {@link findInterpreter}. */
export interface FindInterpreterOptions extends ReadInterpreterOptions {
  /** Directories separated as in PATH. */
  readonly searchPath: string;
  /** The oldest version that will do, such as `[3, 8]`. */
  readonly minimum?: readonly [number, number] | undefined;
}

/**
 * The interpreter that `request` means: a path (of an executable, or of an environment), a version (`3`, `3.11`,
 * `3.11.7`), a name to be looked for on the search path (`python3.11`, `pypy3`), or nothing: the first that is found.
 *
 * Throws PYTHON_NOT_FOUND with what was tried; of a path also PYTHON_PROBE_FAILED and PYTHON_UNSUPPORTED.
 */
export async function findInterpreter(
  request: string | undefined,
  options: FindInterpreterOptions,
): Promise<Interpreter> {
  if (request?.includes('/')) return readNamed(request, options);
  const wanted = parseRequest(request);
  const tried: { path: string; why: string }[] = [];
  const asked = new Set<string>();
  for (const candidate of candidates(wanted, options.searchPath)) {
    // The same interpreter under another name: /bin is a link to /usr/bin, python3 one to python3.11.
    const known = findBaseExecutable(candidate) ?? candidate;
    if (asked.has(known)) continue;
    asked.add(known);
    try {
      const interpreter = await readInterpreter(candidate, options);
      asked.add(interpreter.executable);
      const why = mismatch(interpreter, wanted.version, options.minimum);
      if (why === undefined) return interpreter;
      tried.push({ path: candidate, why });
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      tried.push({ path: candidate, why: error.message });
    }
  }
  const what = request === undefined ? 'No Python interpreter' : `No interpreter for ${request}`;
  const looked = tried.map(({ path, why }) => `${path}: ${why}`).join(' ');
  throw new PythonError(
    'PYTHON_NOT_FOUND',
    `${what} is on the search path.${looked === '' ? '' : ` Passed over: ${looked}`}`,
    {
      hint: 'Name one by its path.',
      data: { request, tried },
    },
  );
}

async function readNamed(request: string, options: FindInterpreterOptions): Promise<Interpreter> {
  const isDir = statSync(request, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const interpreter = await readInterpreter(isDir ? path.join(request, 'bin', 'python') : request, options);
  const why = mismatch(interpreter, [], options.minimum);
  if (why !== undefined) {
    throw new PythonError('PYTHON_UNSUPPORTED', `${request}: ${why}`, {
      hint: 'Name a newer interpreter.',
      data: { path: request, expected: options.minimum, found: interpreter.version },
    });
  }
  return interpreter;
}

interface Wanted {
  readonly names: readonly string[];
  readonly version: readonly number[];
}

/** The names to look for, the most exact first, and the version that what is found has to have. */
function parseRequest(request: string | undefined): Wanted {
  if (request === undefined) return { names: ['python3', 'python'], version: [] };
  const match = /^(?:(python|cpython)-?)?(\d+(?:\.\d+){0,2})$/i.exec(request);
  if (!match) return { names: [request], version: [] };
  const version = match[2]!.split('.').map(Number);
  const short = version.slice(0, 2).join('.');
  return { names: [`python${short}`, 'python3', 'python'], version };
}

function* candidates({ names, version }: Wanted, searchPath: string): Generator<string> {
  const dirs = searchPath.split(path.delimiter).filter((dir) => path.isAbsolute(dir));
  for (const name of names) {
    for (const dir of dirs) {
      const file = path.join(dir, name);
      if (!isExecutable(file)) continue;
      yield file;
      // A shim refuses the versions that are not switched on in this directory; they are installed all the same. Of
      // those that lie there the exact name is enough: where python3.11 is not, python3 is no 3.11 either.
      if (version.length < 2 || name === names[0]) yield* shimChoices(file).filter(isExecutable);
    }
  }
}

function isExecutable(file: string): boolean {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
  } catch {
    return false; // a directory of the search path that may not be entered
  }
}

function mismatch(
  { version, versionText }: Interpreter,
  wanted: readonly number[],
  minimum: readonly [number, number] | undefined,
): string | undefined {
  if (wanted.some((part, at) => version[at] !== part)) return `it is ${versionText}.`;
  if (minimum === undefined) return undefined;
  const older = version[0] < minimum[0] || (version[0] === minimum[0] && version[1] < minimum[1]);
  return older ? `it is ${versionText}, and ${minimum.join('.')} is the oldest that will do.` : undefined;
}
