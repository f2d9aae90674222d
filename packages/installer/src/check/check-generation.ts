// The check of a staged generation, in a shadow prefix, before any other process can see the generation. What the check
// writes reaches neither the live environment nor the store. A check that changes installed files refuses the change.
import { readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Durability, type Fs, readLink, syncTree } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { environmentPaths } from '@wheelwright/python';
import type { CheckStaged, StagedEnvironment } from '../model/ports.ts';
import { outermost, tryIsolation } from './isolation.ts';
import { refuseEdit, runCheck } from './run-check.ts';
import { makeShadow, removeShadow } from './shadow-generation.ts';
import { changedSince, pictureOf, tidyStaged } from './tree-picture.ts';

/** How the check of a generation runs. */
export interface RunCheckOptions {
  readonly fs: Fs;
  readonly durability: Durability;
  readonly signal: AbortSignal | undefined;
}

/** Runs `check` on the staged generation. Throws INSTALL_CHECK_FAILED with the error of the check as its cause. */
export async function checkStaged(
  check: CheckStaged,
  staged: Omit<StagedEnvironment, 'shadow'>,
  { fs, durability, signal }: RunCheckOptions,
): Promise<void> {
  const { environmentDir, stagedDir: generationDir, sitePackagesDir } = staged;
  const before = pictureOf(generationDir);
  let changedInShadow: readonly string[] = [];
  try {
    // crash here: the shadow is in staging/, which recovery removes with the generation.
    const { staging } = environmentPaths(environmentDir);
    removeShadow(environmentDir, fs);
    const [layersDir, scratchDir] = [path.join(staging, 'layers'), path.join(staging, 'scratch')];
    for (const made of [staging, scratchDir]) fs.mkdir(made);
    const protectedDirs = protectedBy(environmentDir, generationDir);
    const wanted = { layersDir, protectedDirs, writableDirs: [realpathSync(scratchDir)] };
    const isolation = await tryIsolation(path.join(environmentDir, 'bin/python'), wanted, fs);
    const shadow = makeShadow(environmentDir, generationDir, { fs, scratchDir, isolation });
    if (isolation !== undefined) await runCheck(check, { ...staged, shadow }, signal);
    else {
      const copied = pictureOf(shadow.dir);
      const site = path.join(shadow.dir, path.relative(generationDir, sitePackagesDir));
      try {
        await runCheck(check, { ...staged, shadow, stagedDir: shadow.dir, sitePackagesDir: site }, signal);
      } finally {
        changedInShadow = changedSince(shadow.dir, copied);
      }
    }
  } finally {
    ignoreFailure(() => removeShadow(environmentDir, fs));
  }
  const { changed, removed } = tidyStaged(generationDir, before, fs);
  const edited = [...changedInShadow, ...changed];
  if (edited.length > 0) throw refuseEdit(environmentDir, edited);
  if (removed && durability === 'full') syncTree(generationDir, { fs });
}

/** The directories that a check must not change: the environment, and those that links of the generation lead to. */
function protectedBy(environmentDir: string, generationDir: string): string[] {
  const realDir = realpathSync(environmentDir);
  const targets = readdirSync(generationDir).map((name) => readLink(path.join(generationDir, name)));
  const outside = targets.filter((target) => target !== undefined && path.isAbsolute(target));
  return outermost([realDir, ...outside.map((target) => realpathSync(path.dirname(target!)))]);
}
