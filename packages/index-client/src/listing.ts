// What is kept of a page between runs: not its text but the files that it lists, a line each with the name in front. A
// page of thousands of files is read again in the time that it takes to look at their names.
import type { PageOrigin } from './page-files.ts';
import type { IndexFile } from './types.ts';

/** Whether a file of this name is asked for. */
export type Wanted = (filename: string) => boolean;

type Row = [
  url: string,
  hashes: IndexFile['hashes'],
  requiresPython: string | null,
  yanked: IndexFile['yanked'],
  coreMetadata: true | { readonly sha256: string } | null,
  size: number | null,
  uploadTime: string | null,
];

/** `files` as bytes; where they are from is not part of it. No name has a tab or a line end in it. */
export function formatListing(files: readonly IndexFile[]): Uint8Array {
  const lines = files.map(({ filename, url, hashes, requiresPython, yanked, coreMetadata, size, uploadTime }) => {
    const row: Row = [
      url,
      hashes,
      requiresPython ?? null,
      yanked,
      coreMetadata ?? null,
      size ?? null,
      uploadTime ?? null,
    ];
    return `${filename}\t${JSON.stringify(row)}\n`;
  });
  return Buffer.from(lines.join(''));
}

/** The files of `listing` that are wanted, in its order. */
export function parseListing(listing: Uint8Array, origin: PageOrigin, wanted: Wanted = () => true): IndexFile[] {
  const text = Buffer.from(listing.buffer, listing.byteOffset, listing.byteLength).toString('utf8');
  const files: IndexFile[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const tab = text.indexOf('\t', start);
    const filename = text.slice(start, tab);
    if (wanted(filename)) files.push({ ...origin, filename, ...fileOf(JSON.parse(text.slice(tab + 1, end))) });
    start = end + 1;
  }
  return files;
}

function fileOf([url, hashes, requiresPython, yanked, coreMetadata, size, uploadTime]: Row) {
  return {
    url,
    hashes,
    requiresPython: requiresPython ?? undefined,
    yanked,
    coreMetadata: coreMetadata ?? undefined,
    size: size ?? undefined,
    uploadTime: uploadTime ?? undefined,
  };
}
