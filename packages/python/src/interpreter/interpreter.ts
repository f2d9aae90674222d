// An interpreter, and the facts needed to choose wheels, write byte-code and create environments. An executable is started
// once; later its facts come from the cache while its path, time and size stay the same.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type MarkerEnvironment, supportedTags } from '@wheelwright/packaging';
import type { FactsCache } from '../ports.ts';
import { PythonError } from '../python-error.ts';
import { findBaseExecutable, namedExecutable } from './base-executable.ts';
import { fileSubject, keepFact, recallFact } from './facts.ts';
import { type InterpreterFacts, probeInterpreter } from './probe.ts';
import { askShim, type ShimOptions } from './shim-choice.ts';
import { isScriptFile } from './shims.ts';

/** An interpreter and its facts. */
export interface Interpreter {
  /** The real file: no shim, no link, not the python of an environment. */
  readonly executable: string;
  /** The path that environments made from it name: links among the directories that led to it stay. */
  readonly namedExecutable: string;
  /** Absolute path under which it was found: of a link, or of the python of an environment, where that was named. */
  readonly foundAs: string;
  /** Major, minor, micro. */
  readonly version: readonly [number, number, number];
  /** `3.11.7`, `3.14.0rc1`. */
  readonly versionText: string;
  /** `cpython`, `pypy`. */
  readonly implementation: string;
  /** `cpython-311`: the middle of the names of its byte-code files. */
  readonly cacheTag: string;
  /** The first bytes of its byte-code files, in hex. */
  readonly magic: string;
  /** sysconfig's: `linux-x86_64`. */
  readonly platform: string;
  /** The environment that markers are evaluated in (PEP 508). */
  readonly markers: MarkerEnvironment;
  /** Tags of the wheels that it can install (PEP 425), best first. */
  readonly tags: readonly string[];
  /** Name of its directory in `lib`: `python3.11`. */
  readonly libDirName: string;
  /** Relative to the prefix of an environment: `lib/python3.11/site-packages`. */
  readonly purelib: string;
  /** Relative to the prefix of an environment: `include/site/python3.11`. */
  readonly headersDir: string;
  /** Its own prefix, `sys.base_prefix`. */
  readonly prefix: string;
  /** Whether its own prefix belongs to the system's package manager (PEP 668). */
  readonly externallyManaged: boolean;
}

/** Options of {@link readInterpreter}. */
export interface ReadInterpreterOptions extends ShimOptions {
  /** Keeps the facts of executables between runs. */
  readonly cache: FactsCache;
}

/**
 * Reads the interpreter behind `executable`: a link, a shim and the python of an environment lead to the real one.
 *
 * Throws PYTHON_NOT_FOUND, PYTHON_PROBE_FAILED, PYTHON_UNSUPPORTED.
 */
export async function readInterpreter(executable: string, options: ReadInterpreterOptions): Promise<Interpreter> {
  let found = executable;
  let base = findBaseExecutable(found);
  if (base === undefined) throw notFound(found);
  if (isScriptFile(base)) {
    found = await askShim(executable, options);
    base = findBaseExecutable(found);
    if (base === undefined) throw notFound(found);
  }
  const foundAs = path.resolve(found);
  return { ...describe(base, namedExecutable(foundAs, base), await readFacts(base, options)), foundAs };
}

async function readFacts(executable: string, options: ReadInterpreterOptions): Promise<InterpreterFacts> {
  const subject = fileSubject('interpreter', executable);
  const kept = recallFact(options.cache, subject);
  if (kept !== undefined) return kept as InterpreterFacts;
  const facts = await probeInterpreter(executable, options);
  keepFact(options.cache, subject, facts);
  return facts;
}

function describe(executable: string, namedExecutable: string, facts: InterpreterFacts): Omit<Interpreter, 'foundAs'> {
  const { version, versionText, implementation, cacheTag, magic, prefix } = facts;
  const purelib = facts.purelib.replace(/^\/+/, '');
  const libDirName = /^lib(?:64)?\/([^/]+)\/site-packages$/.exec(purelib)?.[1];
  if (libDirName === undefined) {
    throw new PythonError(
      'PYTHON_UNSUPPORTED',
      `${executable} keeps packages in ${purelib}, not in lib/…/site-packages.`,
      {
        data: { path: executable, found: purelib },
      },
    );
  }
  // The kernel changes without the interpreter: these two come from the running system.
  const markers = { ...facts.markers, platform_release: os.release(), platform_version: os.version() };
  return {
    executable,
    namedExecutable,
    version,
    versionText,
    implementation,
    cacheTag,
    magic,
    platform: facts.platform,
    markers: markers as unknown as MarkerEnvironment,
    tags: supportedTags({
      implementation,
      version,
      platform: facts.platform,
      glibc: parsePair(facts.glibc),
      musl: parsePair(facts.musl),
      macos: parsePair(facts.macos),
      threaded: facts.threaded,
      debug: facts.debug,
      is32Bit: facts.is32Bit,
      abis: extensionAbis(facts.extSuffix),
    }),
    libDirName,
    purelib: `lib/${libDirName}/site-packages`,
    headersDir: `include/site/python${version[0]}.${version[1]}`,
    prefix,
    externallyManaged: existsSync(path.join(facts.stdlib, 'EXTERNALLY-MANAGED')),
  };
}

/** The ABI tag in the name of an extension module of an implementation other than CPython: `.pypy39-pp73-….so`. */
function extensionAbis(suffix: string | null): readonly string[] {
  const match = /^\.(pypy\d+-pp\d+|graalpy\d*-[^-]+-native)/.exec(suffix ?? '');
  return match ? [match[1]!.replaceAll('-', '_')] : [];
}

function parsePair(version: string | null): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version ?? '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function notFound(executable: string): PythonError {
  return new PythonError('PYTHON_NOT_FOUND', `There is no interpreter at ${executable}.`, {
    hint: 'Name an executable that exists, or a version such as 3.11.',
    data: { path: executable },
  });
}
