// Makes an environment all at once: builds the complete image in a temporary directory, syncs and renames it. A reader
// sees nothing or an environment that works. The steps are those of docs/protocols/environment.md.
import path from 'node:path';
import {
  createTemporary,
  type Fs,
  nodeFs,
  publishDirectory,
  sweepTemporaries,
  type Temporary,
} from '@wheelwright/atomic-fs';
import { type Environment, readEnvironment } from '../environment/environment.ts';
import type { Interpreter } from '../interpreter/interpreter.ts';
import { PythonError } from '../python-error.ts';
import { environmentImage } from './environment-image.ts';
import { adoptEnvironment, lookAt, placeOf, requireReplaceable } from './existing-environment.ts';
import { plainImage } from './plain-image.ts';
import { replaceEnvironment } from './replace-environment.ts';
import { ensureDirectory, writeImage } from './write-image.ts';

/** Options of {@link createEnvironment}. */
export interface CreateEnvironmentOptions {
  /** The interpreter of the environment. */
  readonly interpreter: Interpreter;
  /** `'own'` and `'shared'`: generations behind one pointer. `'plain'`: an ordinary venv. */
  readonly layout: 'own' | 'shared' | 'plain';
  /** The name in the shell's prompt. Default: the name of the directory. */
  readonly prompt?: string | undefined;
  /** Whether the base interpreter's packages are importable. Default: false. */
  readonly systemSitePackages?: boolean | undefined;
  /** Replace an existing environment instead of adopting it. Default: false. */
  readonly clear?: boolean | undefined;
  /** The command that is recorded in generation.json, for people. Default: `createEnvironment`. */
  readonly command?: string | undefined;
  /** The present time; tests pass their own. */
  readonly now?: (() => Date) | undefined;
  /** The mutating calls; tests pass their own. */
  readonly fs?: Fs | undefined;
  /** Longest wait for the lock of a replaced environment, in ms. */
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the call before the commit; `dir` is then as it was. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of {@link createEnvironment}. */
export interface CreatedEnvironment {
  /** The environment at `dir`. */
  readonly environment: Environment;
  /** False when the environment existed already or another process created it first. */
  readonly created: boolean;
}

/**
 * Makes an empty environment at the absolute path `dir`, or adopts the one of ours that is there.
 *
 * On return the environment is complete and on the disk. On a throw, and after a crash at any point, `dir` is as it was
 * or complete. Throws ENVIRONMENT_EXISTS where something else is there, ENVIRONMENT_FOREIGN where `clear` would throw
 * away what is no environment, and FSLOCK_TIMEOUT where a writer keeps the one that is to be replaced.
 */
export async function createEnvironment(dir: string, options: CreateEnvironmentOptions): Promise<CreatedEnvironment> {
  if (!path.isAbsolute(dir)) throw new Error(`bug: ${dir} is not absolute`);
  const { clear = false, fs = nodeFs, signal } = options;
  if (options.layout === 'shared') requireByteCode(options.interpreter);
  const target = path.normalize(dir).replace(/(.)\/$/, '$1');
  const place = placeOf(target);
  signal?.throwIfAborted();
  const existing = lookAt(place);
  if (clear) requireReplaceable(place, existing);
  else if (existing !== 'nothing') return adopt(target, options);
  const parentDir = path.dirname(place);
  ensureDirectory(parentDir, fs);
  // 1. What killed creators left beside it goes.       crash here: it goes next time.
  await sweepTemporaries(parentDir, { prefix: temporaryPrefix, fs });
  // 2. The image, in a hidden sibling under a lease.   crash here: litter, swept by the next one (step 1).
  const temporary = await createTemporary(parentDir, { prefix: temporaryPrefix, purpose: options.command, fs });
  return closing(temporary, async () => {
    const stagedDir = temporary.dir;
    writeImage(stagedDir, imageOf(target, options), fs);
    signal?.throwIfAborted();
    // 3. Synced, then renamed: the commit.             crash here: nothing before, the whole environment after.
    const published = clear
      ? await replaceEnvironment(stagedDir, place, options)
      : publishDirectory(stagedDir, place, { fs });
    return published === 'published' ? { environment: readEnvironment(target), created: true } : adopt(target, options);
  });
}

const temporaryPrefix = 'wheelwright-venv';

/** Shared generations are read-only, so their byte-code is made at once; it is hash-based, which needs Python 3.7. */
function requireByteCode({ executable, version, versionText }: Interpreter): void {
  if (version[0] > 3 || version[1] >= 7) return;
  throw new PythonError('PYTHON_UNSUPPORTED', `Python ${versionText} has no byte-code that environments could share.`, {
    hint: 'Use Python 3.7 or later, or the layout own.',
    data: { path: executable, found: versionText },
  });
}

/** Another process was first: its environment is adopted if it is of the same kind, else ENVIRONMENT_EXISTS. */
function adopt(dir: string, { interpreter, layout }: CreateEnvironmentOptions): CreatedEnvironment {
  return { environment: adoptEnvironment(dir, lookAt(dir), interpreter, layout), created: false };
}

function imageOf(dir: string, options: CreateEnvironmentOptions): ReturnType<typeof environmentImage> {
  const {
    interpreter,
    layout,
    prompt,
    systemSitePackages = false,
    command = 'createEnvironment',
    now = () => new Date(),
  } = options;
  if (layout === 'plain') return plainImage(dir, { interpreter, prompt, systemSitePackages });
  const { cacheTag, magic } = interpreter;
  const shared = layout === 'shared' ? { cacheTag, magic } : undefined;
  const created = now().toISOString();
  return environmentImage(dir, { interpreter, prompt, systemSitePackages, shared, created, command });
}

/** 4. The sibling goes. A failing removal costs a sweep, it never hides what happened before. */
async function closing<T>(temporary: Temporary, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    try {
      temporary.release();
    } catch {
      // Its lease ends with this process at the latest, and the next creator sweeps it.
    }
  }
}
