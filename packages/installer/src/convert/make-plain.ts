// Turns an environment with generations into an ordinary venv with the content of its current generation. Its scripts then
// contain what they start. This is one journaled transaction, and the environment works at every moment of it. Protocol:
// docs/protocols/foreign.md, "Back".
import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import {
  type CommitResult,
  createFile,
  linkTree,
  listNames,
  nodeFs,
  openTransaction,
  type Transaction,
} from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import { environmentPaths, readEnvironment, rootName, stableLinkTarget } from '@wheelwright/python';
import { layoutOf } from '../environment/layout-of.ts';
import { openGenerations } from '../generation/open-generations.ts';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { linkTargetFrom } from '../layout/link-target.ts';
import { InstallError } from '../model/install-error.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { InstalledState } from '../model/types.ts';
import { carryPrefix } from '../read/carry.ts';
import { changedAt, requireUnchanged } from '../read/changed-meanwhile.ts';
import { changedSince } from '../read/changed-since-carried.ts';
import { readGenerationState } from '../read/generation-state.ts';
import { readGenerations } from '../read/generations.ts';
import { losersDir, readLosers } from '../read/losers.ts';
import { transactionRules } from '../read/prefix.ts';
import { removeRoot } from '../read/work-root.ts';
import { asideName } from '../recover/aside.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { refuseChanged, reportWritten } from '../recover/report-written.ts';
import type { ConvertOptions, ConvertResult } from './adopt.ts';
import { losersIntoVenv } from './convert-losers.ts';
import { type PlainFile, plainFiles, supportIn } from './plain-files.ts';

/**
 * Makes the environment at the absolute path `environmentDir` an ordinary venv and removes its earlier generations. After a
 * crash the environment works, and the next recovery makes it the old or the new one. Throws INSTALL_IN_USE where a
 * process has a generation open, INSTALL_UNSUPPORTED_ENVIRONMENT for an environment that shares its packages, and what
 * `changeEnvironment` throws.
 */
export async function makePlain(environmentDir: string, options: ConvertOptions = {}): Promise<ConvertResult> {
  const { fs = nodeFs } = options;
  readEnvironment(environmentDir);
  const lock = await lockEnvironment(environmentDir, { ...options, command: options.command ?? 'adopt' });
  try {
    const { name } = layoutOf(environmentDir);
    if (name === 'in-place') return { committed: false, distributions: 0 };
    recoverGenerations(environmentDir, fs);
    emptyTrash(environmentDir, fs);
    if (name === 'shared') refuseShared(environmentDir);
    const state = readGenerationState(environmentDir);
    requireClosed(state);
    const numbers = readGenerations(environmentDir).map(({ number }) => number);
    const givenUp = numbers.filter((number) => number !== state.generation);
    await convert(state, options, lock);
    return { committed: true, distributions: state.distributions.length, givenUp };
  } finally {
    lock.release();
  }
}

/** The steps of the protocol, in one transaction over the environment's directory. */
async function convert(state: InstalledState, options: ConvertOptions, lock: Lock): Promise<void> {
  const { fs = nodeFs, durability = 'full', signal } = options;
  const { environmentDir } = state;
  const content = contentOf(state, options);
  let committed: CommitResult;
  const transaction = openTransaction(environmentDir, { lock, ...transactionRules, durability, fs });
  try {
    // `bin` comes first: the scripts written here need no map, so they work with the old packages too.
    for (const top of [...content.tops].sort((a, b) => Number(b === 'bin') - Number(a === 'bin'))) {
      stageTop(transaction, top, content);
      await pauseUnlessAborted(environmentDir, signal);
    }
    stageLinks(transaction, state, content);
    stageRoot(transaction, state, content);
    committed = transaction.commit({ signal, lastLook: () => lookOnceMore(state, content) });
    ignoreFailure(() => removeRoot(environmentDir, fs));
  } catch (error) {
    ignoreFailure(() => transaction.rollBack());
    const written = changedAt(error, environmentDir);
    if (written !== undefined) refuseChanged(environmentDir, written);
    throw error;
  }
  reportWritten(environmentDir, committed);
}

/** What the venv is made of. */
interface VenvContent {
  readonly prefixDir: string;
  /** What is linked from the generation. */
  readonly carried: ReturnType<typeof carryPrefix>;
  /** Names at the top of the environment that become directories and files. */
  readonly tops: ReadonlySet<string>;
  /** What is written, by path. */
  readonly written: ReadonlyMap<string, PlainFile>;
  readonly fs: NonNullable<ConvertOptions['fs']>;
  readonly linkMode: NonNullable<ConvertOptions['linkMode']>;
}

function contentOf(state: InstalledState, { fs = nodeFs, linkMode = 'auto' }: ConvertOptions): VenvContent {
  const { prefixDir, layout } = state;
  const written = plainFiles(state);
  const leaving = { files: supportIn(state), directories: new Set([rootName]) };
  const roots = new Set([layout.sitePackages, layout.scripts, 'include']);
  const carried = carryPrefix(prefixDir, { leaving, laid: new Set(written.keys()), roots });
  const topFiles = carried.files.filter(({ directory }) => directory === '').flatMap(({ names }) => names);
  const tops = new Set([...carried.directories.map((directory) => directory.split('/', 1)[0]!), ...topFiles]);
  return { prefixDir, carried, tops, written, fs, linkMode };
}

function stageTop(transaction: Transaction, top: string, content: VenvContent): void {
  const { prefixDir, carried, tops, written, fs, linkMode } = content;
  const slot = transaction.stage(top);
  if (!carried.directories.includes(top)) {
    fs.link(path.join(prefixDir, top), slot);
    return;
  }
  fs.mkdir(slot);
  const inside = (file: string) => file.startsWith(`${top}/`);
  const below = (file: string) => file.slice(top.length + 1);
  const directories = carried.directories.filter(inside).map(below);
  const files = carried.files
    .filter(({ directory }) => directory === top || inside(directory))
    .map(({ directory, names }) => ({ directory: below(directory), names }));
  linkTree({ sourceDir: path.join(prefixDir, top), targetDir: slot, directories, files }, { fs, mode: linkMode });
  for (const { path: link, target } of carried.links) {
    if (inside(link)) fs.symlink(linkTargetFrom(prefixDir, link, target, tops), `${slot}/${below(link)}`);
  }
  for (const [file, { data, mode }] of written)
    if (inside(file)) createFile(`${slot}/${below(file)}`, data, { mode, fs });
}

// Links at the top that become no directory: lib64, and directories that hold only our placeholder.
function stageLinks(transaction: Transaction, { environmentDir }: InstalledState, { tops, fs }: VenvContent): void {
  for (const name of listNames(environmentDir)) {
    if (tops.has(name) || !isStable(environmentDir, name)) continue;
    if (name === 'lib64') fs.symlink('lib', transaction.stage(name));
    else transaction.remove(name);
  }
}

// Without its format the environment has no generations. The other entries of `.wheelwright` go with it, except what
// recovery needs and what lost a conflict.
function stageRoot(transaction: Transaction, state: InstalledState, { prefixDir, fs, linkMode }: VenvContent): void {
  const hasLosers = readLosers(prefixDir).length > 0;
  if (hasLosers) losersIntoVenv(state, transaction.stage(losersDir), { fs, linkMode });
  const staying = ['format', 'work', asideName, ...(hasLosers ? [path.basename(losersDir)] : [])];
  const rest = listNames(path.join(state.environmentDir, rootName)).filter((name) => !staying.includes(name));
  for (const name of ['format', ...rest.sort()]) transaction.remove(`${rootName}/${name}`);
}

// Refuses what another program wrote meanwhile, and a process that started while the files were staged.
function lookOnceMore(state: InstalledState, { prefixDir, carried }: VenvContent): void {
  requireUnchanged(changedSince(prefixDir, { ...carried, files: [] }, prefixDir));
  requireClosed(state);
}

function isStable(environmentDir: string, name: string): boolean {
  const link = path.join(environmentDir, name);
  return lstatSync(link).isSymbolicLink() && readlinkSync(link) === stableLinkTarget(name);
}

function refuseShared(environmentDir: string): never {
  throw new InstallError('INSTALL_UNSUPPORTED_ENVIRONMENT', `${environmentDir} shares its packages with others.`, {
    hint: 'Make the environment hold its packages itself first.',
    data: { environmentDir, kind: 'shared' },
  });
}

function requireClosed({ environmentDir }: InstalledState): void {
  const open = openGenerations(environmentPaths(environmentDir).generations);
  if (open.size === 0) return;
  throw new InstallError('INSTALL_IN_USE', `A process runs in ${environmentDir} and has its generation open.`, {
    hint: 'Nothing was changed. Try again when that process has ended.',
    data: { environmentDir, generations: [...open] },
  });
}
