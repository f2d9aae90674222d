// Fetches a wheel from an index, a find-links page or a URL into the store, unless the store has it. The download is
// verified against the hash of the index and against the hashes that the user stated.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import type { Store, StoredWheel } from '@wheelwright/store';
import { onlySha256, requireOneOf, requireStatedHash, type StatedHash } from '../requirements/stated-hashes.ts';
import type { Tool } from '../tool/tool.ts';
import { downloadShared } from './download-shared.ts';
import { addLocalWheel, findLocalWheel } from './local-wheels.ts';

/** Options for fetching a file. */
export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hashes that the user stated. The file must have one of them. */
  readonly hashes?: readonly StatedHash[] | undefined;
  /** Called when the wheel is unpacked and only waits for the disk; not where the store has it already. */
  readonly onUnpacked?: (() => void) | undefined;
  /** The stored wheel, where the caller has just found it. */
  readonly known?: StoredWheel | undefined;
}

/**
 * Returns the stored wheel for a file of an index. Downloads it once if the store does not have it.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH; IndexError; the store's errors for a damaged wheel.
 */
export async function fetchWheel(
  tool: Tool,
  file: IndexFile,
  index: IndexClient,
  { signal = tool.signal, hashes = [], onUnpacked, known: found }: FetchOptions = {},
): Promise<StoredWheel> {
  refuseOtherHashes(file, hashes);
  const store = await tool.store();
  const known = found ?? findStoredFile(store, file);
  if (known !== undefined && isProven(known, hashes)) return known;
  const sha256 = file.hashes.sha256 ?? onlySha256(hashes);
  const localPath = localPathOf(file);
  if (localPath !== undefined) return addStatedWheel(store, localPath, hashes, sha256);
  if (known !== undefined) {
    await proveStored(file, index, known, { signal, hashes });
    return known;
  }
  const started = Date.now();
  let isCompared = false;
  const request = { filename: file.filename, sha256, size: file.size, signal, onUnpacked };
  const wheel = await store.addDownload(request, async (targetPath, target) => {
    tool.onEvent({ event: 'downloading', filename: file.filename, size: file.size });
    const { from, ...downloaded } = await downloadShared(tool, index, { ...file, sha256 }, targetPath, {
      signal,
      // Stated hashes of other algorithms are computed from the file.
      memoryLimit: hashes.length === 0 ? target.memoryLimit : 0,
      onProgress: reportProgress(tool, file),
    });
    requireStatedHash(file.filename, hashes, { path: targetPath, known: { sha256: downloaded.sha256 } });
    isCompared = true;
    const ms = Date.now() - started;
    tool.onEvent({ event: 'downloaded', filename: file.filename, size: downloaded.size, ms, from });
    return downloaded;
  });
  // If another process has added the wheel since, nothing was downloaded here.
  if (!isCompared && !isProven(wheel, hashes)) await proveStored(file, index, wheel, { signal, hashes });
  tool.onEvent({ event: 'unpacked', filename: file.filename });
  return wheel;
}

/**
 * Compares a stored wheel with hashes of algorithms that the store does not record. The store keeps no archive, so the
 * file is downloaded again to a temporary path; it must also be the stored wheel.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH, IndexError.
 */
async function proveStored(
  file: IndexFile,
  index: IndexClient,
  { sha256 }: StoredWheel,
  { signal, hashes = [] }: FetchOptions,
): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'wheelwright-hash-'));
  try {
    const archivePath = path.join(dir, file.filename);
    await index.download({ ...file, hashes: { ...file.hashes, sha256 } }, archivePath, { signal });
    requireStatedHash(file.filename, hashes, { path: archivePath, known: { sha256 } });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** How often the progress of one download is reported, in ms. */
const progressEveryMs = 250;

/** Reports the progress of one file, less often than once per chunk. */
function reportProgress(tool: Tool, { filename, size }: IndexFile) {
  let lastMs = Date.now();
  return ({ received, total }: { readonly received: number; readonly total?: number | undefined }) => {
    if (Date.now() - lastMs < progressEveryMs) return;
    lastMs = Date.now();
    tool.onEvent({ event: 'download-progress', filename, received, total: total ?? size });
  };
}

/**
 * Adds the wheel at `wheelPath` to the store. It must have one of the stated hashes, and the given sha256 (hex).
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH; then nothing is added.
 */
export async function addStatedWheel(
  store: Store,
  wheelPath: string,
  hashes: readonly StatedHash[],
  sha256?: string | undefined,
): Promise<StoredWheel> {
  if (hashes.length === 0 && sha256 === undefined) return addLocalWheel(store, wheelPath);
  const found = requireStatedHash(wheelPath, hashes, { path: wheelPath });
  if (sha256 !== undefined) requireOneOf(wheelPath, [`sha256:${sha256}`], { sha256: found });
  return addLocalWheel(store, wheelPath, found);
}

/** Throws if the index states a hash that differs from the user's, so that the file need not be fetched. */
function refuseOtherHashes({ filename, hashes: offered }: IndexFile, stated: readonly StatedHash[]): void {
  const algorithms = new Set(stated.map((hash) => hash.slice(0, hash.indexOf(':'))));
  const isComparable = [...algorithms].every((algorithm) => offered[algorithm] !== undefined);
  if (isComparable) requireOneOf(filename, stated, offered);
}

/** Whether the sha256 of a stored wheel is among the stated hashes. */
function isProven({ sha256 }: StoredWheel, stated: readonly StatedHash[]): boolean {
  return stated.length === 0 || stated.includes(`sha256:${sha256}`);
}

/** The stored wheel for a file whose hash is known: stated by the index, or remembered for a local file. */
export function findStoredFile(store: Store, file: IndexFile): StoredWheel | undefined {
  const { sha256 } = file.hashes;
  if (sha256 !== undefined) return store.findWheel(sha256);
  const localPath = localPathOf(file);
  return localPath === undefined ? undefined : findLocalWheel(store, localPath);
}

/** The path of a file on this machine; undefined for other files, and if the index states a hash other than sha256. */
function localPathOf({ url, hashes }: IndexFile): string | undefined {
  const isPlain = url.startsWith('file:') && Object.keys(hashes).every((algorithm) => algorithm === 'sha256');
  return isPlain ? fileURLToPath(url.replace(/#.*$/, '')) : undefined;
}
