// Compiles the byte-code of a wheel for one kind of Python: once per store, in one child process, published like a wheel.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { sha256Of, stampFiles } from '../entry/entry-sink.ts';
import { formatHashes, formatNames, hashesFile, namesFile, sortFiles } from '../entry/manifest.ts';
import { type StoredWheel, treeName } from '../entry/stored-wheel.ts';
import { StoreError } from '../store-error.ts';
import { pinsName } from '../store-paths.ts';
import { compileScript } from './compile-script.ts';

/** What of an interpreter decides about byte-code, and how to start it. `Interpreter` of the package python fits. */
export interface BytecodeInterpreter {
  /** The absolute path of the interpreter. */
  readonly executable: string;
  /** `cpython-311`. */
  readonly cacheTag: string;
  /** Of its pyc files, in hex. */
  readonly magic: string;
}

/** A module to compile. */
export interface Source {
  /** The absolute path of the source. */
  readonly source: string;
  /** The path of the source, relative to the site directory. */
  readonly name: string;
  /** The path of the byte-code, relative to the site directory. */
  readonly target: string;
}

/**
 * The modules of a wheel that go to the site directory. Of two with one place, at the root of the wheel and in
 * `.data/purelib`, only the last is compiled: an installer accepts the two only where they are equal.
 */
export function listSources({ treeDir, manifest }: StoredWheel, cacheTag: string): Source[] {
  const sources = new Map<string, Source>();
  for (const { directory, names } of manifest.groups) {
    const site = siteDirectory(directory, manifest.dataDir);
    if (site === undefined) continue;
    for (const fileName of names) {
      if (!fileName.endsWith('.py')) continue;
      const target = path.posix.join(site, '__pycache__', `${fileName.slice(0, -3)}.${cacheTag}.pyc`);
      sources.set(target, {
        source: `${treeDir}/${path.posix.join(directory, fileName)}`,
        name: path.posix.join(site, fileName),
        target,
      });
    }
  }
  return [...sources.values()];
}

/** Fills `entryDir`, a staged directory. False where this Python has no byte-code that could be shared. */
export async function fillBytecodeEntry(
  entryDir: string,
  sources: readonly Source[],
  interpreter: BytecodeInterpreter,
  { fs, signal }: { readonly fs: Fs; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const treeDir = path.join(entryDir, treeName);
  fs.mkdir(treeDir, 0o755);
  fs.mkdir(path.join(entryDir, pinsName), 0o755);
  makeDirectories(treeDir, sources, fs);
  if (!(await compileSources(interpreter, treeDir, sources, signal))) return false;
  const compiled = sources.filter(({ target }) => existsSync(`${treeDir}/${target}`));
  const files = stampFiles(
    treeDir,
    compiled.map(({ target }) => {
      const data = readFileSync(`${treeDir}/${target}`);
      return { path: target, size: data.length, executable: false, sha256: sha256Of(data) };
    }),
  );
  const sorted = sortFiles(files);
  createFile(path.join(entryDir, namesFile), formatNames(sorted), { mode: 0o444, fs });
  createFile(path.join(entryDir, hashesFile), formatHashes(sorted), { mode: 0o444, fs });
  return true;
}

// Undefined for what does not lie in the site directory: scripts, headers, data.
function siteDirectory(directory: string, dataDir: string): string | undefined {
  if (directory !== dataDir && !directory.startsWith(`${dataDir}/`)) return directory;
  const [scheme, ...rest] = directory.slice(dataDir.length + 1).split('/');
  return scheme === 'purelib' || scheme === 'platlib' ? rest.join('/') : undefined;
}

function makeDirectories(treeDir: string, sources: readonly Source[], fs: Fs): void {
  const made = new Set(['.']);
  const make = (directory: string) => {
    if (made.has(directory)) return;
    make(path.posix.dirname(directory));
    fs.mkdir(`${treeDir}/${directory}`, 0o755);
    made.add(directory);
  };
  for (const { target } of sources) make(path.posix.dirname(target));
}

const filesPerJob = 100;
const mostJobs = 4;

/**
 * Compiles modules into `treeDir`, each at its `target` there; those that do not compile are left out. False where this
 * Python has no byte-code that could be shared. Throws STORE_COMPILE_FAILED.
 */
export async function compileSources(
  { executable }: BytecodeInterpreter,
  treeDir: string,
  sources: readonly Source[],
  signal?: AbortSignal | undefined,
): Promise<boolean> {
  const jobs = Math.min(mostJobs, Math.ceil(sources.length / filesPerJob));
  const request = { jobs, sources: sources.map(({ source, target, name }) => [source, `${treeDir}/${target}`, name]) };
  const child = spawn(executable, ['-S', '-E', '-I', '-W', 'ignore', '-c', compileScript], {
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
  });
  // Without descriptors left a child has no streams, and the reason comes as an event.
  if ((child.stdio as unknown) === undefined) throw (await once(child, 'error'))[0];
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  child.stdin.on('error', () => {
    // The child ended before it read everything; how it ended says why.
  });
  child.stdin.end(JSON.stringify(request));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return true;
  if (code === 3) return false;
  // The last line of a traceback says why: a full disk, say.
  const why = complaint.trimEnd().split('\n').at(-1);
  const end = why === undefined || why === '' ? '' : `: ${why.replace(/\.$/, '')}`;
  throw new StoreError('STORE_COMPILE_FAILED', `${executable} could not compile the modules of a wheel${end}.`, {
    hint: 'Install without compiling; Python then compiles what it imports.',
    data: { path: executable, exitCode: code, output: complaint },
  });
}
