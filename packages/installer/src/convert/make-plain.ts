// Turns an environment with generations into an ordinary venv with the content of its current generation. Its scripts then
// contain what they start. This is one journaled transaction, and the environment works at every moment of it. Protocol:
// docs/protocols/foreign.md, "Back".
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import {
  type CommitResult,
  createFile,
  linkTree,
  listNames,
  nodeFs,
  openTransaction,
  readText,
  type Transaction,
} from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import {
  environmentPaths,
  isSupportPath,
  parseScriptsMap,
  readEnvironment,
  rootName,
  type ScriptTarget,
  scriptStub,
  scriptsMapName,
  stableLinkTarget,
} from '@wheelwright/python';
import { layoutOf } from '../environment/layout-of.ts';
import { openGenerations } from '../generation/open-generations.ts';
import { recoverGenerations } from '../generation/recover-generations.ts';
import { emptyTrash } from '../generation/retire.ts';
import { cacheDirName } from '../layout/byte-code.ts';
import { linkTargetFrom } from '../layout/link-target.ts';
import { hashed, recordText } from '../layout/record-text.ts';
import { bodyScript, entryPointScript } from '../layout/script-text.ts';
import { InstallError } from '../model/install-error.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { InstalledFile, InstalledState } from '../model/types.ts';
import { carryPrefix } from '../read/carry.ts';
import { changedAt, requireUnchanged } from '../read/changed-meanwhile.ts';
import { changedSince } from '../read/changed-since-carried.ts';
import { readGenerationState } from '../read/generation-state.ts';
import { readGenerations } from '../read/generations.ts';
import { losersDir, readLosers } from '../read/losers.ts';
import { transactionRules } from '../read/prefix.ts';
import { formatOrigin, originName } from '../read/prefix-state.ts';
import { removeRoot } from '../read/work-root.ts';
import { asideName } from '../recover/aside.ts';
import { lockEnvironment } from '../recover/lock-environment.ts';
import { refuseChanged, reportWritten } from '../recover/report-written.ts';
import type { ConvertOptions, ConvertResult } from './adopt.ts';
import { losersIntoVenv } from './convert-losers.ts';

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

async function convert(state: InstalledState, options: ConvertOptions, lock: Lock): Promise<void> {
  const { fs = nodeFs, durability = 'full', linkMode = 'auto', signal } = options;
  const { environmentDir, prefixDir } = state;
  const written = plainFiles(state);
  const laid = new Set(written.keys());
  const support = supportIn(state);
  const roots = new Set([state.layout.sitePackages, state.layout.scripts, 'include']);
  const leaving = { files: support, directories: new Set([rootName]) };
  const carried = carryPrefix(prefixDir, { leaving, laid, roots });
  const topFiles = carried.files.filter(({ directory }) => directory === '').flatMap(({ names }) => names);
  const tops = new Set([...carried.directories.map((directory) => directory.split('/', 1)[0]!), ...topFiles]);
  let committed: CommitResult;
  const transaction = openTransaction(environmentDir, { lock, ...transactionRules, durability, fs });
  try {
    // `bin` comes first: the scripts written here need no map, so they work with the old packages too.
    for (const top of [...tops].sort((a, b) => Number(b === 'bin') - Number(a === 'bin'))) {
      stageTop(transaction, top, { prefixDir, carried, tops, written, fs, linkMode });
      await pauseUnlessAborted(environmentDir, signal);
    }
    stageLinks(transaction, state, tops, fs);
    const hasLosers = readLosers(prefixDir).length > 0;
    if (hasLosers) losersIntoVenv(state, transaction.stage(losersDir), { fs, linkMode });
    // Without its format the environment has no generations; the other entries of `.wheelwright` go with it.
    const staying = ['format', 'work', asideName, ...(hasLosers ? [path.basename(losersDir)] : [])];
    const rest = listNames(path.join(environmentDir, rootName)).filter((name) => !staying.includes(name));
    for (const name of ['format', ...rest.sort()]) transaction.remove(`${rootName}/${name}`);
    committed = transaction.commit({
      signal,
      lastLook: () => {
        requireUnchanged(changedSince(prefixDir, { ...carried, files: [] }, prefixDir));
        // A process that started while the files were staged has the generation open.
        requireClosed(state);
      },
    });
    ignoreFailure(() => removeRoot(environmentDir, fs));
  } catch (error) {
    ignoreFailure(() => transaction.rollBack());
    const written = changedAt(error, environmentDir);
    if (written !== undefined) refuseChanged(environmentDir, written);
    throw error;
  }
  reportWritten(environmentDir, committed);
}

interface TopOptions {
  readonly prefixDir: string;
  readonly carried: ReturnType<typeof carryPrefix>;
  readonly tops: ReadonlySet<string>;
  readonly written: ReadonlyMap<string, { readonly data: string | Uint8Array; readonly mode: number }>;
  readonly fs: NonNullable<ConvertOptions['fs']>;
  readonly linkMode: NonNullable<ConvertOptions['linkMode']>;
}

function stageTop(transaction: Transaction, top: string, options: TopOptions): void {
  const { prefixDir, carried, tops, written, fs, linkMode } = options;
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
function stageLinks(
  transaction: Transaction,
  { environmentDir }: InstalledState,
  tops: ReadonlySet<string>,
  fs: TopOptions['fs'],
): void {
  for (const name of listNames(environmentDir)) {
    if (tops.has(name) || !isStable(environmentDir, name)) continue;
    if (name === 'lib64') fs.symlink('lib', transaction.stage(name));
    else transaction.remove(name);
  }
}

function isStable(environmentDir: string, name: string): boolean {
  const link = path.join(environmentDir, name);
  return lstatSync(link).isSymbolicLink() && readlinkSync(link) === stableLinkTarget(name);
}

// Scripts that contain what they start, RECORDs with their hashes, and the file that names each distribution's wheel.
function plainFiles(state: InstalledState): Map<string, { data: string | Uint8Array; mode: number }> {
  const { environmentDir, prefixDir, layout, distributions } = state;
  const python = path.join(environmentDir, 'bin', 'python');
  const files = new Map<string, { data: string | Uint8Array; mode: number }>();
  const changed = new Map<string, InstalledFile>();
  const map = readText(path.join(prefixDir, layout.sitePackages, scriptsMapName)) ?? '';
  for (const script of parseScriptsMap(map)) {
    const target = `${layout.scripts}/${script.name}`;
    if (readText(path.join(prefixDir, target)) !== scriptStub(environmentDir, script.name)) continue;
    const data = textOf(script, python, path.join(prefixDir, layout.sitePackages));
    files.set(target, { data, mode: 0o777 });
    changed.set(target, hashed(target, data));
  }
  for (const { distInfoDir, files: owned, wheelSha256 } of distributions) {
    if (owned === undefined) continue;
    const origin = `${distInfoDir}/${originName}`;
    const now = owned.filter((file) => file.path !== origin).map((file) => changed.get(file.path) ?? file);
    if (wheelSha256 === undefined && !owned.some((file) => changed.has(file.path))) continue;
    if (wheelSha256 !== undefined) {
      const data = formatOrigin(wheelSha256);
      files.set(origin, { data, mode: 0o666 });
      now.push(hashed(origin, data));
    }
    files.set(`${distInfoDir}/RECORD`, { data: recordText(now, layout), mode: 0o666 });
  }
  return files;
}

function textOf(script: ScriptTarget, python: string, siteDir: string): string | Uint8Array {
  if (script.kind === 'body') return bodyScript(python, readFileSync(path.join(siteDir, script.path)));
  return entryPointScript(python, { ...script, gui: false });
}

// The files of the generation that a venv does not have: all of ours but the interpreter and the activate scripts.
function supportIn({ prefixDir, layout }: InstalledState): Set<string> {
  const found = new Set<string>(['lib64']);
  const visit = (directory: string) => {
    for (const name of listNames(path.join(prefixDir, directory))) {
      const file = `${directory}/${name}`;
      if (isSupportPath(file)) found.add(file);
    }
  };
  for (const directory of ['include', 'share', 'etc', layout.sitePackages]) visit(directory);
  visit(`${layout.sitePackages}/${cacheDirName}`);
  return found;
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
