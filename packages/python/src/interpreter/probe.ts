// One start of an interpreter that describes itself: without `site`, apart from the environment's variables.
import { execFile } from 'node:child_process';
import { PythonError } from '../python-error.ts';
import { probeSource } from './probe-source.ts';

/** What an executable says of itself. All of it stays true as long as the file is the same. */
export interface InterpreterFacts {
  /** What it was started as: of a shim, what the shim chose. */
  readonly executable: string;
  readonly version: readonly [number, number, number];
  readonly versionText: string;
  readonly implementation: string;
  readonly cacheTag: string;
  readonly magic: string;
  readonly platform: string;
  readonly is32Bit: boolean;
  /** `2.36`; of these three, those that do not apply are null. */
  readonly glibc: string | null;
  readonly musl: string | null;
  readonly macos: string | null;
  readonly threaded: boolean;
  readonly debug: boolean;
  readonly extSuffix: string | null;
  /** `/lib/python3.11/site-packages`: of an environment, from its prefix. */
  readonly purelib: string;
  readonly stdlib: string;
  readonly prefix: string;
  readonly markers: Readonly<Record<string, string>>;
}

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Starts `executable` once and gives what it says of itself.
 *
 * Throws PYTHON_UNSUPPORTED for a Python before 3.6, PYTHON_PROBE_FAILED where it does not answer.
 */
export async function probeInterpreter(executable: string, options: ProbeOptions = {}): Promise<InterpreterFacts> {
  const answer = await runPython(executable, ['-I', '-S', '-c', probeSource], options);
  const facts = answer.failure === undefined ? parseFacts(answer.stdout) : undefined;
  if (facts === undefined) {
    // Python 2 does not know -I; Python 3.4 and 3.5 answer, and their version excludes them.
    if (/unknown option:? -+I/i.test(answer.stderr)) throw unsupported(executable, '2');
    throw new PythonError('PYTHON_PROBE_FAILED', `${executable} did not describe itself as a Python interpreter.`, {
      hint: 'Run it by hand with `-I -S -c "import sysconfig"`: it has to work.',
      cause: answer.failure,
      data: { path: executable, stderr: answer.stderr.slice(-2000) },
    });
  }
  if (facts.version[0] !== 3 || facts.version[1] < 6) throw unsupported(executable, facts.versionText);
  return facts;
}

export interface PythonAnswer {
  readonly stdout: string;
  readonly stderr: string;
  /** Why it did not end well; undefined where it did. */
  readonly failure: Error | undefined;
}

/** Runs `executable` to its end with an empty standard input. A failure is part of the answer, only an abort throws. */
export function runPython(
  executable: string,
  args: readonly string[],
  { signal, timeoutMs = 60_000 }: ProbeOptions = {},
): Promise<PythonAnswer> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'utf8' as const,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      signal,
      maxBuffer: 1 << 24,
    };
    const child = execFile(executable, [...args], options, (failure, stdout, stderr) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve({ stdout, stderr, failure: failure ?? undefined });
    });
    child.stdin?.end();
  });
}

function parseFacts(stdout: string): InterpreterFacts | undefined {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    const facts = JSON.parse(line) as InterpreterFacts;
    return Array.isArray(facts.version) && typeof facts.executable === 'string' ? facts : undefined;
  } catch {
    return undefined;
  }
}

function unsupported(executable: string, version: string): PythonError {
  return new PythonError('PYTHON_UNSUPPORTED', `${executable} is Python ${version}; 3.6 is the oldest that works.`, {
    hint: 'Name a newer interpreter.',
    data: { path: executable, expected: '3.6', found: version },
  });
}
