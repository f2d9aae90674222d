// A wheel from an index or a link page into the store: nothing where it is there already, else one verified download.
import { fileURLToPath } from 'node:url';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import type { Store, StoredWheel } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';
import { addLocalWheel, findLocalWheel } from './local-wheels.ts';

/** The stored wheel for a file of an index, downloaded once where the store lacks it. */
export async function fetchWheel(
  tool: Tool,
  file: IndexFile,
  index: IndexClient,
  signal = tool.signal,
): Promise<StoredWheel> {
  const store = await tool.store();
  const sha256 = file.hashes.sha256;
  const known = findStoredFile(store, file);
  if (known !== undefined) return known;
  const localPath = localPathOf(file);
  if (localPath !== undefined) return addLocalWheel(store, localPath, sha256);
  const started = Date.now();
  return store.addDownload({ filename: file.filename, sha256, size: file.size, signal }, async (targetPath) => {
    tool.onEvent({ event: 'downloading', filename: file.filename, size: file.size });
    const downloaded = await index.download(file, targetPath, { signal });
    tool.onEvent({ event: 'downloaded', filename: file.filename, size: downloaded.size, ms: Date.now() - started });
    return downloaded;
  });
}

/** The stored wheel for a file of an index whose hash is known: stated by the index, or remembered of a local file. */
export function findStoredFile(store: Store, file: IndexFile): StoredWheel | undefined {
  const { sha256 } = file.hashes;
  if (sha256 !== undefined) return store.findWheel(sha256);
  const localPath = localPathOf(file);
  return localPath === undefined ? undefined : findLocalWheel(store, localPath);
}

/** Where a file lies on this machine; undefined where it does not, or has to be held against other hashes first. */
function localPathOf({ url, hashes }: IndexFile): string | undefined {
  const isPlain = url.startsWith('file:') && Object.keys(hashes).every((algorithm) => algorithm === 'sha256');
  return isPlain ? fileURLToPath(url.replace(/#.*$/, '')) : undefined;
}
