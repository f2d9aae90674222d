// Links the files of many trees, by one thread or by two together. The threads share a counter: each takes the next part
// of the work until none is left.
import { nativeCallsAvailable } from '@wheelwright/syscalls';
import { type LinkMode, type LinkTreeGroup, linkTree, nativePays } from './link-tree.ts';
import { nodeFs } from './node-fs.ts';
import type { Fs } from './ports.ts';

/** Files of one tree to be linked into another. All directories exist. */
export interface LinkFiles {
  /** The absolute path of the tree that the files lie in. */
  readonly sourceDir: string;
  /** Absolute directory that the files go to. */
  readonly targetDir: string;
  /** The files, by directory. */
  readonly files: readonly LinkTreeGroup[];
}

/** Work that threads share. Plain data and shared memory, so it can be posted to another thread. */
export interface LinkWork {
  /** Parts that need each other in no way. */
  readonly parts: readonly LinkFiles[];
  /** How each file is made. */
  readonly mode: LinkMode;
  /** The index of the part that is taken next; `parts.length` and more: none. */
  readonly next: Int32Array;
}

/**
 * Runs {@link doLinkWork} on another thread. Resolves or rejects when that thread has stopped working on it. Undefined: no
 * thread is free at this moment, and nothing was begun.
 */
export type LinkBeside = (work: LinkWork) => Promise<void> | undefined;

/** How {@link linkTrees} works. */
export interface LinkTreesOptions {
  /** `auto` by default. */
  readonly mode?: LinkMode | undefined;
  /** The calls that change the disk; the real disk by default. Another thread helps only on the real one. */
  readonly fs?: Fs | undefined;
  /** Called between parts; a throw ends the work. */
  readonly pause?: (() => Promise<void>) | undefined;
  /** Gets another thread to help with many files. */
  readonly beside?: LinkBeside | undefined;
}

/** So many files are a part; a thread that helps with fewer than four parts saves less than it costs. */
const partSize = 500;
const worthSharing = 4;

/**
 * Creates every file of `trees`, each as `linkTree` does. On return, and on a throw, no thread works on them any more.
 * Throws what `linkTree` and `pause` throw. Syncs nothing; after a throw or a crash a part of the files is left.
 */
export async function linkTrees(trees: readonly LinkFiles[], options: LinkTreesOptions = {}): Promise<void> {
  const { mode = 'auto', fs = nodeFs, pause = async () => undefined, beside } = options;
  const parts = trees.flatMap(partsOf);
  const work: LinkWork = { parts, mode, next: new Int32Array(new SharedArrayBuffer(4)) };
  const mayShare = beside !== undefined && fs.linkMany === nodeFs.linkMany;
  let other: Promise<void> | undefined;
  try {
    await doLinkWork(work, fs, async () => {
      await pause();
      const left = parts.length - Atomics.load(work.next, 0);
      if (!mayShare || other !== undefined || left < worthSharing) return;
      other = beside(work);
      // The wait below reports a failure. Without a handler until then, Node would end the process.
      other?.catch(() => undefined);
    });
  } catch (error) {
    endLinkWork(work);
    await other?.catch(() => undefined);
    throw error;
  }
  try {
    await other;
  } catch (error) {
    // A thread that was ended by an abort knows less of it than the caller.
    await pause();
    throw error;
  }
}

/**
 * Takes one part of `work` after another and links its files. Ends when no part is left. A part that fails ends the work of
 * every thread. Throws what `linkTree` and `pause` throw.
 */
export async function doLinkWork(work: LinkWork, fs: Fs = nodeFs, pause?: () => Promise<void>): Promise<void> {
  // A part alone does not load them.
  if (work.parts.length * partSize > nativePays) nativeCallsAvailable();
  for (;;) {
    await pause?.();
    const part = work.parts[Atomics.add(work.next, 0, 1)];
    if (part === undefined) return;
    try {
      linkTree({ ...part, directories: [] }, { mode: work.mode, fs });
    } catch (error) {
      endLinkWork(work);
      throw error;
    }
  }
}

function endLinkWork({ next, parts }: LinkWork): void {
  Atomics.store(next, 0, parts.length);
}

function partsOf({ sourceDir, targetDir, files }: LinkFiles): LinkFiles[] {
  const parts: LinkFiles[] = [];
  let part: LinkTreeGroup[] = [];
  let size = 0;
  const close = () => {
    if (part.length > 0) parts.push({ sourceDir, targetDir, files: part });
    part = [];
    size = 0;
  };
  for (const { directory, names } of files) {
    for (let at = 0; at < names.length; at += partSize) {
      const some = names.length <= partSize ? names : names.slice(at, at + partSize);
      part.push({ directory, names: some });
      size += some.length;
      if (size >= partSize) close();
    }
  }
  close();
  return parts;
}
