// What is kept of a page between runs: not its text but what it says of the project, in one line, and the files that it
// lists, a line each with the name in front. A page of thousands of files is read again in the time that it takes to look
// at their names.
import type { PageOrigin, ProjectPage } from './page-files.ts';
import type { ProjectFacts } from './project-facts.ts';
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

/** A page as bytes; where its files are from is not part of it. No name has a tab or a line end in it. */
export function formatListing({ files, facts }: ProjectPage): Uint8Array {
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
  return Buffer.from([`${JSON.stringify(facts)}\n`, ...lines].join(''));
}

/** A kept page, with those of its files that are wanted, in its order. */
export interface Listing extends ProjectPage {
  /** How many files the page has, wanted or not. */
  readonly count: number;
}

export function parseListing(listing: Uint8Array, origin: PageOrigin, wanted: Wanted = () => true): Listing {
  // Bytes, not one long text: a name that is part of a text would keep all of the text alive.
  const bytes = Buffer.from(listing.buffer, listing.byteOffset, listing.byteLength);
  const files: IndexFile[] = [];
  const header = bytes.indexOf(lineEnd);
  const facts: ProjectFacts = JSON.parse(bytes.toString('utf8', 0, header));
  let count = 0;
  for (let start = header + 1; start < bytes.length; count += 1) {
    const tab = bytes.indexOf(tabulator, start);
    const end = bytes.indexOf(lineEnd, tab);
    const filename = bytes.toString('utf8', start, tab);
    if (wanted(filename))
      files.push({ ...origin, filename, ...fileOf(JSON.parse(bytes.toString('utf8', tab + 1, end))) });
    start = end + 1;
  }
  return { files, facts, count };
}

const lineEnd = 0x0a;
const tabulator = 0x09;

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
