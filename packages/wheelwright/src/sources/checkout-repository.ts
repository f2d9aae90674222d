// Checks out commits of repositories in the store, each once. A checkout is never written to. A commit that the store
// already has needs no network. The protocol and what a crash leaves: docs/protocols/checkout.md.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import { withLock } from '@wheelwright/fslock';
import type { DirectLocation } from '../requirements/direct-location.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { checkoutsDir, keepCheckout, type LeasedCheckout, leaseCheckout } from './kept-checkouts.ts';
import { runVcs } from './run-vcs.ts';

/** A repository that a requirement names. */
export type Repository = Extract<DirectLocation, { kind: 'repository' }>;

/** A commit on this machine. It stays until it is released. */
export interface Checkout extends LeasedCheckout {
  /** The full hash. */
  readonly commit: string;
  /** The repository's URL without credentials. */
  readonly url: string;
}

const fullHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Checks out what `repository` names. The caller releases the checkout when it has read what it needs.
 * @throws WheelwrightError WHEELWRIGHT_SOURCE_UNAVAILABLE if the repository or the revision cannot be fetched.
 */
export async function checkOut(tool: Tool, repository: Repository): Promise<Checkout> {
  const store = await tool.store();
  const url = withoutCredentials(repository);
  const options = { timeoutMs: tool.settings.lockTimeoutMs, signal: tool.signal, purpose: `checking out ${url}` };
  const checkout = (commit: string, leased: LeasedCheckout): Checkout => ({ ...leased, commit, url });
  const find = async (commit: string | undefined) => {
    if (commit === undefined) return undefined;
    const leased = await leaseCheckout(store, keyOf(repository.vcs, url, commit), options);
    return leased && checkout(commit, leased);
  };
  // 1. The revision becomes a commit. A full hash is one already.
  const known = await findCommit(tool, repository);
  const kept = await find(known);
  if (kept !== undefined) return kept;
  // 2. The lock of the commit is taken. crash here: it is free, and nothing was written.
  const wanted = keyOf(repository.vcs, url, known ?? repository.revision ?? '');
  return withLock(path.join(checkoutsDir(store), `${wanted}.lock`), options, async () => {
    const byAnother = await find(known);
    if (byAnother !== undefined) return byAnother;
    const staging = store.stage();
    try {
      // 3. Cloned and checked out aside. crash here: staged work of a dead process, swept.
      const commit = await cloneInto(tool, repository, path.join(staging.dir, 'tree'), known);
      // 4. Synced, leased and renamed into place: it is there, and does not change from then on.
      return checkout(commit, await keepCheckout(store, keyOf(repository.vcs, url, commit), staging.dir, options));
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

/** Raised with what a checkout's directory holds: one of another layout is not found, and pruned. */
const layout = 2;

function keyOf(...parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([layout, ...parts]))
    .digest('hex')
    .slice(0, 40);
}
