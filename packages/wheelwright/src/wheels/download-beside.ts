// One download from two places: the remote first, and the index too where the remote is silent for a second or slow for
// longer. What comes first is used; both are verified. The remote changes when a file comes, never whether or which.
import { renameSync, rmSync, statSync } from 'node:fs';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import type { RemoteCache } from '@wheelwright/remote-store';

/** How a file came. */
export interface DownloadedBeside {
  /** Of the file, as it was hashed while it was written. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Where it came from. */
  readonly from: 'remote' | 'index';
}

/** How the two places take turns, in ms. */
export interface DownloadBesideOptions {
  /** Ends both; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** How long the remote may be silent before the index is asked too. */
  readonly silentMs?: number | undefined;
}

/** Once it has answered the remote is alone for so long, and a millisecond more for each kilobyte. */
const bodyMs = 2000;

/**
 * Brings a file whose sha256 is known to `targetPath`, and offers it to the remote where it came from the index.
 * @throws what the index throws, where the remote does not have the file either.
 */
export async function downloadBeside(
  remote: RemoteCache,
  index: Pick<IndexClient, 'download'>,
  file: IndexFile,
  sha256: string,
  targetPath: string,
  { signal, silentMs = 1000 }: DownloadBesideOptions = {},
): Promise<DownloadedBeside> {
  const remotePath = `${targetPath}.remote`;
  const [stopRemote, stopIndex] = [new AbortController(), new AbortController()];
  const together = (own: AbortController) =>
    signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]);
  const patience = new Patience(silentMs);
  let hasAnswered = false;
  const fromRemote = remote
    .fetch({ sha256, size: file.size }, remotePath, {
      signal: together(stopRemote),
      onAnswer: () => {
        hasAnswered = true;
        patience.extend(bodyMs + (file.size ?? 8_000_000) / 1000);
      },
    })
    .catch((error: unknown) => {
      if (stopRemote.signal.aborted && signal?.aborted !== true) return false;
      throw error;
    });
  try {
    if (await Promise.race([fromRemote, patience.over])) return takeRemote(remotePath, targetPath, sha256);
  } finally {
    patience.end();
  }
  const fromIndex = index.download(file, targetPath, { signal: together(stopIndex) });
  fromIndex.catch(() => undefined); // looked at below, unless the remote fails for a reason of its own
  // The remote may still come first. Where it does not, what the index gives counts, an error included.
  const indexFirst = fromIndex.then(() => false);
  const remoteFirst = fromRemote.then((came) => came || never());
  const isRemoteFirst = await Promise.race([indexFirst, remoteFirst])
    .catch(() => fromRemote)
    .catch((error: unknown) => {
      stopIndex.abort(error);
      throw error;
    });
  if (isRemoteFirst) {
    stopIndex.abort(new Error('the remote was faster'));
    await fromIndex.catch(() => undefined);
    return takeRemote(remotePath, targetPath, sha256);
  }
  if (!hasAnswered && remote.isOn) remote.reportSilence(silentMs);
  stopRemote.abort(new Error('the index was faster'));
  await fromRemote.catch(() => undefined);
  rmSync(remotePath, { force: true });
  const downloaded = await fromIndex;
  if (downloaded.sha256 === sha256) await remote.offer(targetPath, sha256);
  return { ...downloaded, from: 'index' };
}

/** Runs out after a while, unless it is extended. `over` resolves to false then. */
class Patience {
  readonly over: Promise<false>;
  #resolve: (over: false) => void = () => {};
  #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.#resolve(false), ms);
  }

  extend(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#resolve(false), ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function takeRemote(remotePath: string, targetPath: string, sha256: string): DownloadedBeside {
  renameSync(remotePath, targetPath);
  return { sha256, size: statSync(targetPath).size, from: 'remote' };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
