// Builds a tree from the files of another: by hard links, else by shared blocks, else by copies. The installer and the
// store place tens of thousands of files with it, so it makes one call for each file. Directories are created once, in
// order.
import { isErrno } from '@wheelwright/errors';
import { nativeCallsAvailable, nativeCallsLoaded } from '@wheelwright/syscalls';
import { AtomicFsError } from './atomic-fs-error.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';

/** What {@link linkTree} makes, and from where. */
export interface LinkTreePlan {
  /** The absolute path of the tree that the files lie in. */
  readonly sourceDir: string;
  /** Absolute directory that the files go to. It must exist. */
  readonly targetDir: string;
  /** Directories to create: relative with `/`, parents before children, without `''`. Existing ones stay unchanged. */
  readonly directories: readonly string[];
  /** The files, by directory; each directory exists or is among `directories`. */
  readonly files: readonly LinkTreeGroup[];
}

/** Files of one directory. */
export interface LinkTreeGroup {
  /** Relative with `/`; `''` is the tree itself. */
  readonly directory: string;
  /** Names of files in `directory`, which is the same in both trees. */
  readonly names: readonly string[];
}

/** `'auto'` uses the first of the other modes that works. Each other mode fails where the file system cannot do it. */
export type LinkMode = 'auto' | 'hardlink' | 'reflink' | 'copy';

/** How {@link linkTree} makes files. */
export interface LinkTreeOptions {
  /** `auto` by default. */
  readonly mode?: LinkMode | undefined;
  /** The calls that change the disk; the real disk by default. */
  readonly fs?: Fs | undefined;
}

/** How many files came to be by which method. */
export interface LinkTreeResult {
  /** Hard links. */
  linked: number;
  /** Copies of all bytes. */
  copied: number;
  /** Copies that share their blocks. */
  reflinked: number;
}

/** From this many links on, native calls earn back what loading them costs. A process that took a lock has them loaded. */
export const nativePays = 3_000;

/**
 * Creates `plan.directories` and every file of `plan.files` below `plan.targetDir`. The first file decides the method; a
 * file with too many links (EMLINK) is copied. Throws EEXIST for an existing file, `ATOMIC_FS_LINK_UNSUPPORTED` where the
 * asked mode does not work. Syncs nothing; after a throw or a crash a part of the tree is left.
 */
export function linkTree(plan: LinkTreePlan, { mode = 'auto', fs = nodeFs }: LinkTreeOptions = {}): LinkTreeResult {
  for (const directory of plan.directories) makeDirectory(fs, `${plan.targetDir}/${directory}`);
  const result: LinkTreeResult = { linked: 0, copied: 0, reflinked: 0 };
  const total = plan.files.reduce((sum, { names }) => sum + names.length, 0);
  const placer = new Placer(fs, mode, result);
  const isNative = nativeCallsLoaded() || (total > nativePays && nativeCallsAvailable());
  for (const { directory, names } of plan.files) {
    const source = directory === '' ? plan.sourceDir : `${plan.sourceDir}/${directory}`;
    const target = directory === '' ? plan.targetDir : `${plan.targetDir}/${directory}`;
    // Two opened directories cost as much as two paths that are walked.
    if (isNative && names.length > 1) placer.placeMany(source, target, names);
    else for (const name of names) placer.place(`${source}/${name}`, `${target}/${name}`);
  }
  return result;
}

function makeDirectory(fs: Fs, dir: string): void {
  try {
    fs.mkdir(dir);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** Places files by the best method that has not failed yet. */
class Placer {
  readonly #fs: Fs;
  readonly #strict: boolean;
  readonly #result: LinkTreeResult;
  #method: Exclude<LinkMode, 'auto'>;

  constructor(fs: Fs, mode: LinkMode, result: LinkTreeResult) {
    this.#fs = fs;
    this.#strict = mode !== 'auto';
    this.#result = result;
    this.#method = mode === 'auto' ? 'hardlink' : mode;
  }

  placeMany(sourceDir: string, targetDir: string, names: readonly string[]): void {
    let linked = 0;
    if (this.#method === 'hardlink') {
      try {
        this.#fs.linkMany(sourceDir, targetDir, names);
        linked = names.length;
      } catch (error) {
        if (!isErrno(error, 'EMLINK', ...cannotLink)) throw error;
        linked = (error as { linked?: number }).linked ?? 0;
      }
      this.#result.linked += linked;
    }
    for (const name of names.slice(linked)) this.place(`${sourceDir}/${name}`, `${targetDir}/${name}`);
  }

  place(source: string, target: string): void {
    if (this.#method === 'hardlink' && this.#link(source, target)) return;
    if (this.#method === 'reflink' && this.#reflink(source, target)) return;
    this.#fs.copyFile(source, target);
    this.#result.copied += 1;
  }

  #link(source: string, target: string): boolean {
    try {
      this.#fs.link(source, target);
      this.#result.linked += 1;
      return true;
    } catch (error) {
      if (isErrno(error, 'EMLINK')) return false;
      this.#giveUp(error, cannotLink, source, target);
      this.#method = 'reflink';
      return false;
    }
  }

  #reflink(source: string, target: string): boolean {
    try {
      this.#fs.copyFile(source, target, { reflink: 'force' });
      this.#result.reflinked += 1;
      return true;
    } catch (error) {
      this.#giveUp(error, cannotReflink, source, target);
      this.#method = 'copy';
      return false;
    }
  }

  #giveUp(error: unknown, expected: readonly string[], source: string, target: string): void {
    if (!isErrno(error, ...expected)) throw error;
    if (!this.#strict) return;
    throw new AtomicFsError('ATOMIC_FS_LINK_UNSUPPORTED', `${source} cannot be put at ${target} by ${this.#method}.`, {
      hint: "Use the mode 'auto' or 'copy', or keep both trees on one file system that can do it.",
      cause: error,
      data: { source, path: target, mode: this.#method },
    });
  }
}

// EPERM: protected hard links (fs.protected_hardlinks) or a file system without them.
const cannotLink = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];
const cannotReflink = ['EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOTTY'];
