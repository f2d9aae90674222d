// The check of a change in place: it runs in a shadow of the prefix as it would become, before anything in the prefix
// changes. The shadow is in the work area of the transaction, which recovery removes after a crash.

import path from 'node:path';
import { type Fs, type LinkMode, removeTree } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { CheckStaged } from '../model/ports.ts';
import type { StagedEntry } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import type { Prefix } from '../read/prefix.ts';
import { tryIsolation } from './isolation.ts';
import { refuseEdit, runCheck } from './run-check.ts';
import { makePrefixShadow } from './shadow-prefix.ts';
import { changedSince, pictureOf } from './tree-picture.ts';

/** A staged change of a prefix. */
export interface StagedPrefix {
  readonly prefix: Prefix;
  readonly staged: readonly StagedEntry[];
  readonly added: readonly WheelTree[];
  /** Where the shadow is made: absolute, does not exist, on the prefix's file system. */
  readonly scratchDir: string;
  /** The descriptor of the environment's lock. */
  readonly lockFd: number | undefined;
}

/** How the check of a prefix runs. */
export interface CheckPrefixOptions {
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly signal: AbortSignal | undefined;
}

/** Runs `check`. Throws INSTALL_CHECK_FAILED. Nothing of the shadow is left afterwards. */
export async function checkPrefix(
  check: CheckStaged,
  { prefix, staged, added, scratchDir: rootDir, lockFd }: StagedPrefix,
  { fs, linkMode, signal }: CheckPrefixOptions,
): Promise<void> {
  const { environmentDir, prefixDir, layout, python } = prefix;
  try {
    // crash here: the shadow goes with the work area.
    const scratchDir = path.join(rootDir, 'scratch');
    for (const made of [rootDir, scratchDir]) fs.mkdir(made);
    const wanted = { layersDir: path.join(rootDir, 'layers'), protectedDirs: [prefixDir], writableDirs: [scratchDir] };
    const isolation = await tryIsolation(python, wanted, fs);
    const places = { rootDir, scratchDir, isolation };
    const shadow = makePrefixShadow(prefix, staged, places, {
      fs,
      linkMode: isolation === undefined ? 'copy' : linkMode,
    });
    const sitePackagesDir = `${shadow.dir}/${layout.sitePackages}`;
    const before = pictureOf(shadow.dir);
    const picture = { environmentDir, generation: undefined, stagedDir: shadow.dir, sitePackagesDir, added, lockFd };
    let failure: unknown;
    await runCheck(check, { ...picture, shadow }, signal).catch((error: unknown) => {
      failure = error;
    });
    const edited = changedSince(shadow.dir, before);
    if (edited.length > 0) throw refuseEdit(environmentDir, edited, failure);
    if (failure !== undefined) throw failure;
  } finally {
    ignoreFailure(() => removeTree(rootDir, { fs }));
  }
}
