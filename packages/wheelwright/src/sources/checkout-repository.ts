// Checks out commits of repositories in the store, each once. A checkout is never written to. A commit that the store
// already has needs no network.
//
// Protocol, per commit:
// 1. Find the commit of the revision (`git ls-remote`); a full hash already is one.
// 2. Take the lock of the commit. crash here: the lock is free, nothing was written.
// 3. Unless the checkout exists, clone and check out in a staging directory. crash here: the staging directory of a dead
//    process remains and is swept.
// 4. Rename the staging directory to its final name. It does not change afterwards.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import { withLock } from '@wheelwright/fslock';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { DirectLocation } from '../wheels/direct-location.ts';
import { runVcs } from './run-vcs.ts';

/** A repository that a requirement names. */
export type Repository = Extract<DirectLocation, { kind: 'repository' }>;

/** A commit on this machine. */
export interface Checkout {
  /** The working tree. Nothing may write to it. */
  readonly dir: string;
  /** The full hash. */
  readonly commit: string;
  /** The repository's URL without credentials. */
  readonly url: string;
}

const fullHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Checks out what `repository` names.
 * @throws WheelwrightError WHEELWRIGHT_SOURCE_UNAVAILABLE if the repository or the revision cannot be fetched.
 */
export async function checkOut(tool: Tool, repository: Repository): Promise<Checkout> {
  const store = await tool.store();
  const root = path.join(store.dir, 'checkouts');
  mkdirSync(root, { recursive: true });
  const url = withoutCredentials(repository);
  const known = await findCommit(tool, repository);
  const dirOf = (commit: string) => path.join(root, keyOf(repository.vcs, url, commit));
  if (known !== undefined && existsSync(dirOf(known))) return { dir: dirOf(known), commit: known, url };
  const options = { timeoutMs: tool.settings.lockTimeoutMs, signal: tool.signal, purpose: `checking out ${url}` };
  const lockPath = path.join(root, `${keyOf(repository.vcs, url, known ?? repository.revision ?? '')}.lock`);
  return withLock(lockPath, options, async () => {
    if (known !== undefined && existsSync(dirOf(known))) return { dir: dirOf(known), commit: known, url };
    const staging = store.stage();
    try {
      const tree = path.join(staging.dir, 'tree');
      const commit = await cloneInto(tool, repository, tree, known);
      // Another revision may have led to the same commit. Either checkout will do.
      if (!existsSync(dirOf(commit))) renameSync(tree, dirOf(commit));
      return { dir: dirOf(commit), commit, url };
    } finally {
      staging.release();
    }
  });
}

/** The commit of a revision now; undefined if only a clone can find it. Branches go before tags, as in pip. */
async function findCommit(tool: Tool, { vcs, url, revision }: Repository): Promise<string | undefined> {
  if (revision !== undefined && fullHash.test(revision)) return revision;
  if (vcs === 'hg') return undefined;
  const wanted = revision ?? 'HEAD';
  const text = await run(tool, 'git', ['ls-remote', '--', url, wanted, `${wanted}^{}`], `read ${redactUrls(url)}`);
  const refs = new Map(text.split('\n').map((line) => line.split('\t').reverse() as [string, string]));
  const names = [`refs/heads/${wanted}`, `refs/tags/${wanted}^{}`, `refs/tags/${wanted}`, `${wanted}^{}`, wanted];
  return names.map((name) => refs.get(name)).find((found) => found !== undefined);
}

async function cloneInto(
  tool: Tool,
  repository: Repository,
  tree: string,
  commit: string | undefined,
): Promise<string> {
  const { vcs, url, revision } = repository;
  const shown = redactUrls(url);
  if (vcs === 'hg') {
    await run(tool, 'hg', ['clone', '--noupdate', '--quiet', '--', url, tree], `fetch ${shown}`);
    const at = revision === undefined ? [] : ['--rev', revision];
    await run(tool, 'hg', ['update', '--quiet', ...at], `find ${revision ?? 'the default branch'} in ${shown}`, tree);
    return (await run(tool, 'hg', ['identify', '--id', '--debug'], `read ${shown}`, tree)).trim().replace(/\+$/, '');
  }
  // Fetch all commits and tags, since tools derive versions from them. Fetch files only of the checked-out commit, if the
  // server allows that.
  await run(
    tool,
    'git',
    ['clone', '--quiet', '--no-checkout', '--filter=blob:none', '--', url, tree],
    `fetch ${shown}`,
  );
  const found = commit ?? (await findShortHash(tool, repository, tree));
  const git = (args: readonly string[], purpose: string) => run(tool, 'git', args, purpose, tree);
  if (!(await hasCommit(tool, tree, found)))
    await git(['fetch', '--quiet', 'origin', found], `find ${found} in ${shown}`);
  await git(
    ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', '--detach', found],
    `check out ${found} of ${shown}`,
  );
  if (existsSync(path.join(tree, '.gitmodules')))
    await git(['submodule', '--quiet', 'update', '--init', '--recursive'], `fetch the submodules of ${shown}`);
  await git(['remote', 'set-url', 'origin', withoutCredentials(repository)], `write the configuration of ${tree}`);
  return found;
}

async function hasCommit(tool: Tool, tree: string, commit: string): Promise<boolean> {
  return run(tool, 'git', ['cat-file', '-e', `${commit}^{commit}`], `find ${commit}`, tree).then(
    () => true,
    (error) => {
      tool.signal?.throwIfAborted();
      if (error instanceof WheelwrightError) return false;
      throw error;
    },
  );
}

async function findShortHash(tool: Tool, { revision = 'HEAD', url }: Repository, tree: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`];
  const text = await run(tool, 'git', args, `find ${revision}`, tree).catch((cause: unknown) => {
    tool.signal?.throwIfAborted();
    if (!(cause instanceof WheelwrightError)) throw cause;
    const message = `${redactUrls(url)} has no branch, tag or commit ${revision}.`;
    throw new WheelwrightError('WHEELWRIGHT_SOURCE_UNAVAILABLE', message, {
      cause,
      hint: 'Check the spelling of the revision.',
      data: { url: redactUrls(url), revision },
    });
  });
  return text.trim().split('\n').at(-1)!;
}

async function run(
  tool: Tool,
  vcs: 'git' | 'hg',
  args: readonly string[],
  purpose: string,
  cwd?: string,
): Promise<string> {
  const { variables, workingDir } = tool.settings;
  return runVcs(vcs, args, { cwd: cwd ?? workingDir, variables, signal: tool.signal, purpose });
}

/** `git@` of an ssh URL is part of the address, not a secret. */
function withoutCredentials({ url }: Repository): string {
  const bare = new URL(url);
  bare.password = '';
  if (bare.protocol !== 'ssh:') bare.username = '';
  return bare.href;
}

function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}
