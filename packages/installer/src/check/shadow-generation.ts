// A prefix for a generation that is not current yet: a program that runs in it finds the staged packages, and its scripts
// start the staged code. It is in `staging`, which is removed afterwards, or by recovery after a crash.
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { createFile, type Fs, removeTree } from '@wheelwright/atomic-fs';
import { committedFileName, environmentPaths, generationFileName, rootName } from '@wheelwright/python';

import type { Isolation, ShadowPrefix } from '../model/ports.ts';
import { rewriteCommand } from './rewrite-command.ts';

const ofOneGeneration = new Set([generationFileName, committedFileName]);

/** How the shadow is made. */
export interface MakeShadowOptions {
  readonly fs: Fs;
  /** Absolute directory for files of the check itself. */
  readonly scratchDir: string;
  /** How the files of the generation are protected; undefined: the shadow consists of copies. */
  readonly isolation: Isolation | undefined;
}

/**
 * Makes the shadow of the generation at `generationDir` in `staging`, which exists. On throw the caller calls
 * {@link removeShadow}.
 */
export function makeShadow(
  environmentDir: string,
  generationDir: string,
  { fs, scratchDir, isolation }: MakeShadowOptions,
): ShadowPrefix {
  const { staging, pyvenvCfg } = environmentPaths(environmentDir);
  const dir = path.join(staging, 'check');
  const binDir = path.join(dir, 'bin');
  for (const made of [dir, binDir]) fs.mkdir(made);
  createFile(path.join(dir, 'pyvenv.cfg'), readFileSync(pyvenvCfg), { fs });
  for (const name of readdirSync(generationDir)) {
    if (name === 'bin' || name === rootName || ofOneGeneration.has(name)) continue;
    const [source, target] = [path.join(generationDir, name), path.join(dir, name)];
    if (isolation !== undefined) fs.symlink(source, target);
    else if (name === 'lib64') fs.symlink('lib', target);
    else copyAll(realpathSync(source), target, fs);
  }
  for (const name of readdirSync(path.join(generationDir, 'bin'))) {
    addCommand(environmentDir, dir, path.join(generationDir, 'bin', name), { fs, copies: isolation === undefined });
  }
  const python = path.join(binDir, 'python');
  return { dir, isTarget: false, commandDirs: [binDir], python, scratchDir, isolation };
}

function copyAll(source: string, target: string, fs: Fs): void {
  const found = lstatSync(source);
  if (found.isSymbolicLink()) fs.symlink(readlinkSync(source), target);
  else if (found.isDirectory()) {
    fs.mkdir(target);
    for (const name of readdirSync(source)) copyAll(path.join(source, name), path.join(target, name), fs);
  } else fs.copyFile(source, target, { reflink: 'try' });
}

/** Removes what {@link makeShadow} made, and everything that a check wrote there. */
export function removeShadow(environmentDir: string, fs: Fs): void {
  removeTree(environmentPaths(environmentDir).staging, { fs });
}

function addCommand(
  environmentDir: string,
  shadowDir: string,
  file: string,
  { fs, copies }: { readonly fs: Fs; readonly copies: boolean },
): void {
  const name = path.basename(file);
  const target = path.join(shadowDir, 'bin', name);
  const found = lstatSync(file);
  if (found.isSymbolicLink()) {
    // A link into a shared generation has an absolute target.
    const link = readlinkSync(file);
    if (copies && path.isAbsolute(link) && !/^python/.test(name)) copyAll(realpathSync(file), target, fs);
    else fs.symlink(link, target);
    return;
  }
  const rewritten = found.isFile() ? rewriteCommand(readFileSync(file), name, environmentDir, shadowDir) : undefined;
  if (rewritten === undefined && copies) copyAll(file, target, fs);
  else if (rewritten === undefined) fs.symlink(file, target);
  else createFile(target, rewritten, { mode: found.mode & 0o777, fs });
}
