// Gives generations to an ordinary venv: generation 1 is the content of the venv, hard-linked, and the directories at its
// top become links into it. This is one journaled transaction. The environment works at every moment of it, because a link
// leads to the same content as the directory that it replaces. Protocol: docs/protocols/foreign.md, "Adopting".
import { lstatSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  type CommitResult,
  createFile,
  type Fs,
  linkTree,
  listNames,
  nodeFs,
  openTransaction,
} from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import {
  committedFileName,
  environmentFormat,
  formatGeneration,
  generationFileName,
  generationFormat,
  generationTarget,
  placeholderName,
  readEnvironment,
  rootName,
  stableLinks,
  stableLinkTarget,
  supportFiles,
  supportHashes,
} from '@wheelwright/python';
import { layoutOf } from '../environment/layout-of.ts';
import { linkTargetFrom } from '../layout/link-target.ts';
import { protection } from '../layout/protected-paths.ts';
import type { ChangeOptions } from '../model/change-options.ts';
import { InstallError } from '../model/install-error.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { InstalledState } from '../model/types.ts';
import { type Carried, carriedFiles, carryPrefix } from '../read/carry.ts';
import { changedAt, requireUnchanged } from '../read/changed-meanwhile.ts';
import { changedSince, dropChangedByteCode } from '../read/changed-since-carried.ts';
import { losersDir } from '../read/losers.ts';
import { type Prefix, readPrefix, transactionRules } from '../read/prefix.ts';
import { readPrefixState } from '../read/prefix-state.ts';
import { makeRoot, removeRoot } from '../read/work-root.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { refuseChanged, reportWritten } from '../recover/report-written.ts';
import { losersIntoGeneration } from './convert-losers.ts';

/** What a conversion into another layout did. */
export interface ConvertResult {
  /** False: the environment had that layout already, and nothing was touched. */
  readonly committed: boolean;
  /** How many distributions it holds; 0 where nothing was touched. */
  readonly distributions: number;
  /** `makePlain`: the numbers of the generations that were removed, apart from the current one. */
  readonly givenUp?: readonly number[] | undefined;
}

/** How a conversion works: options of a change. */
export type ConvertOptions = Pick<
  ChangeOptions,
  'command' | 'lockTimeoutMs' | 'signal' | 'onWait' | 'linkMode' | 'durability' | 'fs' | 'now'
>;

/** How many attempts are made when another program writes meanwhile. */
const attempts = 3;

/**
 * Gives generations to the venv at the absolute path `environmentDir`. After a crash the environment works, and the next
 * recovery makes it the old or the new one. Throws INSTALL_UNSUPPORTED_ENVIRONMENT for another kind of prefix, and what
 * `changeEnvironment` throws.
 */
export async function adoptEnvironment(environmentDir: string, options: ConvertOptions = {}): Promise<ConvertResult> {
  readEnvironment(environmentDir);
  const lock = await lockEnvironment(environmentDir, { ...options, command: options.command ?? 'adopt' });
  try {
    for (let attempt = 1; ; attempt += 1) {
      if (layoutOf(environmentDir).keepsGenerations) return { committed: false, distributions: 0 };
      const prefix = readPrefix(environmentDir);
      const state = readPrefixState(prefix);
      const written = await adoptOnce(prefix, state, options, lock);
      if (written.length === 0) return { committed: true, distributions: state.distributions.length };
      if (attempt === attempts) refuseChanged(environmentDir, written);
    }
  } finally {
    lock.release();
  }
}

async function adoptOnce(
  prefix: Prefix,
  state: InstalledState,
  options: ConvertOptions,
  lock: Lock,
): Promise<readonly string[]> {
  const { fs = nodeFs, durability = 'full', linkMode = 'auto', signal, now = () => new Date() } = options;
  const { environmentDir, prefixDir } = prefix;
  const tops = topsOf(prefix, state);
  makeRoot(prefixDir, fs); // first: it changes the modification time of the directory
  let undone: () => void = () => removeRoot(prefixDir, fs);
  let committed: CommitResult;
  try {
    const carried = carryTops(prefix, tops);
    const transaction = openTransaction(prefixDir, { lock, ...transactionRules, durability, fs });
    undone = () => {
      transaction.rollBack();
      removeRoot(prefixDir, fs);
    };
    // Staged in the order in which the paths are put in place. The format makes the environment one with generations.
    const generations = transaction.stage(`${rootName}/generations`);
    fs.mkdir(generations);
    const generationDir = `${generations}/1`;
    fs.mkdir(generationDir);
    linkTree({ sourceDir: prefixDir, targetDir: generationDir, ...carried }, { fs, mode: linkMode });
    for (const { path: link, target } of carried.links) {
      fs.symlink(linkTargetFrom(prefixDir, link, target, tops), `${generationDir}/${link}`);
    }
    const hasLosers = losersIntoGeneration(prefixDir, generationDir, { fs, linkMode });
    await pauseUnlessAborted(environmentDir, signal);
    completeImage(generationDir, prefix, state, carried, { fs, now: now(), command: options.command ?? 'adopt' });
    fs.symlink(generationTarget(1), transaction.stage(`${rootName}/current`));
    for (const name of tops) fs.symlink(stableLinkTarget(name), transaction.stage(name));
    createFile(transaction.stage(`${rootName}/format`), `${environmentFormat}\n`, { fs });
    if (hasLosers) transaction.remove(losersDir);
    await pauseUnlessAborted(environmentDir, signal);
    committed = transaction.commit({
      signal,
      lastLook: () => {
        dropChangedByteCode(prefixDir, carried, generationDir, fs);
        requireUnchanged(changedSince(prefixDir, carried, generationDir));
      },
    });
  } catch (error) {
    ignoreFailure(undone);
    const written = changedAt(error, prefixDir);
    if (written === undefined) throw error;
    return written;
  }
  reportWritten(environmentDir, committed);
  return [];
}

/** The names at the top that become links: the stable ones, and those that distributions have files in. */
function topsOf({ environmentDir, prefixDir, kind, layout }: Prefix, state: InstalledState): ReadonlySet<string> {
  if (kind !== 'plain') refuse(environmentDir, kind, 'it is not a virtual environment');
  const tops = new Set(stableLinks);
  for (const { files = [] } of state.distributions) {
    for (const { path: file } of files) {
      if (protection(file, layout.sitePackages) === undefined) tops.add(file.split('/', 1)[0]!);
    }
  }
  for (const name of tops) {
    const found = lstatSync(path.join(prefixDir, name), { throwIfNoEntry: false });
    if (found === undefined && !stableLinks.includes(name)) tops.delete(name);
    const isLib = name === 'lib64' && found?.isSymbolicLink() && readlinkSync(path.join(prefixDir, name)) === 'lib';
    if (found !== undefined && !found.isDirectory() && !found.isFile() && !isLib) {
      refuse(environmentDir, kind, `its ${name} is a link`);
    }
    if (name === 'lib64' && found?.isDirectory()) refuse(environmentDir, kind, 'its lib64 is not another name of lib');
  }
  return tops;
}

function carryTops({ prefixDir, layout }: Prefix, tops: ReadonlySet<string>): Carried {
  const others = listNames(prefixDir).filter((name) => !tops.has(name));
  const roots = new Set([layout.sitePackages, layout.scripts, 'include', 'share', 'etc']);
  return carryPrefix(prefixDir, { leaving: { files: new Set(others), directories: new Set(others) }, roots });
}

// What a generation has beyond the content of a venv: the support files, the stable directories, and its record.
function completeImage(
  generationDir: string,
  { layout, prefixDir }: Prefix,
  { distributions }: InstalledState,
  { directories, links, files }: Carried,
  { fs, now, command }: { readonly fs: Fs; readonly now: Date; readonly command: string },
): void {
  for (const name of ['include', 'share', 'etc']) {
    if (!directories.includes(name)) fs.mkdir(`${generationDir}/${name}`);
    createFile(`${generationDir}/${name}/${placeholderName}`, '', { fs });
  }
  if (!links.some((link) => link.path === 'lib64')) fs.symlink('lib', `${generationDir}/lib64`);
  const support = supportFiles([]);
  for (const file of support) createFile(`${generationDir}/${layout.sitePackages}/${file.path}`, file.data, { fs });
  const owned = new Set(distributions.flatMap((owner) => owner.files?.map((file) => file.path) ?? []));
  const kept = carriedFiles({ files }).filter((file) => {
    return !owned.has(file) && protection(file, layout.sitePackages) === undefined;
  });
  const text = formatGeneration({
    format: generationFormat,
    number: 1,
    created: now.toISOString(),
    command,
    distributions: distributions.map(({ name, version, wheelSha256, requested }) => {
      return { name, version, sha256: wheelSha256, requested };
    }),
    support: supportHashes(support),
    kept,
  });
  createFile(`${generationDir}/${generationFileName}`, text, { fs });
  createFile(`${generationDir}/${committedFileName}`, '', { fs });
  const before = statSync(path.join(prefixDir, layout.sitePackages)).mtimeMs;
  const timeS = Math.max(Math.ceil(now.getTime()), Math.floor(before) + 2) / 1000;
  fs.utimes(`${generationDir}/${layout.sitePackages}`, timeS, timeS);
}

function refuse(environmentDir: string, kind: string, why: string): never {
  throw new InstallError('INSTALL_UNSUPPORTED_ENVIRONMENT', `${environmentDir} cannot get generations: ${why}.`, {
    hint: 'Make a new environment, and install the same distributions into it.',
    data: { environmentDir, kind },
  });
}
