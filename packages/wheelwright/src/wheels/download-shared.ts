// A file of an index brought to this machine: from the remote first where one is named and the file's sha256 is known.
import type { DownloadOptions, IndexClient, IndexFile } from '@wheelwright/index-client';
import type { Tool } from '../tool/tool.ts';

/** How a file came. */
export interface DownloadedFile {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** The bytes, where they were kept in memory; then there is no file. */
  readonly bytes?: Uint8Array | undefined;
  /** Where it came from; absent where no remote was asked. */
  readonly from?: 'remote' | 'index' | undefined;
}

/** What is known of a file before it is here. */
export type SharedFile = Pick<IndexFile, 'filename' | 'url' | 'hashes' | 'size'>;

/**
 * Downloads the file. `sha256` (hex) is what it has to have: the index's word, or that of a person.
 * @throws what the index throws; a remote changes neither that nor the content.
 */
export async function downloadShared(
  tool: Tool,
  index: Pick<IndexClient, 'download'>,
  file: SharedFile & { readonly sha256: string | undefined },
  targetPath: string,
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  const { sha256, url, hashes } = file;
  // A file that an index states other hashes of has to be held against them too, which the index client does.
  const isEligible = Object.keys(hashes).every((algorithm) => algorithm === 'sha256') && !url.startsWith('file:');
  const remote = isEligible && sha256 !== undefined ? await tool.remote() : undefined;
  if (remote === undefined || sha256 === undefined) return index.download(file, targetPath, options);
  const { downloadBeside } = await import('./download-beside.ts');
  return downloadBeside(remote, index, file, sha256, targetPath, { signal: options.signal });
}
