// Downloads one file from two places: from the remote, and also from the index if the remote is silent for a second or
// slow for longer. The first complete file is used. Both are verified, so the remote only affects how long it takes.
import { renameSync, rmSync, statSync } from 'node:fs';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import type { RemoteCache } from '@wheelwright/remote-store';

/** The result of a download. */
export interface DownloadedBeside {
  /** The sha256 (hex) of the file, computed while it was written. */
  readonly sha256: string;
  /** The size in bytes. */
  readonly size: number;
  /** The place that it came from. */
  readonly from: 'remote' | 'index';
}

/** When the index is asked too, in ms. */
export interface DownloadBesideOptions {
  /** Ends both downloads; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** How long the remote may be silent before the index is asked too. */
  readonly silentMs?: number | undefined;
}

/** After its first answer the remote has this much time alone, and a millisecond more for each kilobyte. */
const bodyMs = 2000;

/**
 * Downloads a file of known sha256 to `targetPath`. If it came from the index, offers it to the remote.
 * @throws the error of the index, if the remote does not have the file either.
 */
export async function downloadBeside(
  remote: RemoteCache,
  index: Pick<IndexClient, 'download'>,
  file: Pick<IndexFile, 'filename' | 'url' | 'hashes' | 'size'>,
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
  fromIndex.catch(() => undefined); // awaited below, unless the remote throws first
  // The remote may still finish first. Otherwise the result of the index counts, also an error.
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

/** A timer that can be extended. When it runs out, `over` resolves to false. */
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
