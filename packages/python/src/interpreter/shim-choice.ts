// What a shim chooses. It costs more to start than an interpreter, and what it chooses depends on where and how it is
// started, so its choice is remembered only for a caller who says so, and only while all that pyenv looks at is the same.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { FactsCache } from '../ports.ts';
import { type FactSubject, fileState, keepFact, recallFact } from './facts.ts';
import { type ProbeOptions, probeInterpreter } from './probe.ts';

export interface ShimOptions extends ProbeOptions {
  /** Where shims are started: the working directory of this process. Without it they are asked every time. */
  readonly workingDir?: string | undefined;
  /** PATH: a shim that chooses the system's Python looks there. */
  readonly searchPath?: string | undefined;
  /** PYENV_VERSION. */
  readonly pyenvVersion?: string | undefined;
}

/** The executable that the shim at `file` starts; throws what a probe throws. */
export async function askShim(file: string, options: ShimOptions & { readonly cache: FactsCache }): Promise<string> {
  const subject = subjectOf(file, options);
  const kept = subject === undefined ? undefined : recallFact(options.cache, subject);
  if (typeof kept === 'string' && existsSync(kept)) return kept;
  const { executable } = await probeInterpreter(file, options);
  if (subject !== undefined) keepFact(options.cache, subject, executable);
  return executable;
}

/** All that pyenv looks at; undefined for a shim of another kind, or where the working directory is not known. */
function subjectOf(file: string, { workingDir, searchPath, pyenvVersion }: ShimOptions): FactSubject | undefined {
  const root = path.dirname(path.dirname(file));
  const versionsDir = path.join(root, 'versions');
  if (workingDir === undefined || path.basename(path.dirname(file)) !== 'shims' || !existsSync(versionsDir))
    return undefined;
  const chosenIn = findUpwards(workingDir, '.python-version') ?? path.join(root, 'version');
  const state = [file, path.join(root, 'version'), chosenIn, versionsDir].flatMap(fileState);
  return {
    kind: 'shim',
    // A key of its own for every directory that chooses: they shall not push each other out.
    path: `${file}\n${chosenIn}`,
    state: [...state, searchPath ?? null, pyenvVersion ?? null],
  };
}

function findUpwards(startDir: string, name: string): string | undefined {
  for (let dir = startDir; ; dir = path.dirname(dir)) {
    const file = path.join(dir, name);
    if (existsSync(file)) return file;
    if (path.dirname(dir) === dir) return undefined;
  }
}
