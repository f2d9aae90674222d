// Where files are listed: a project's page of a simple index, a find-links directory, HTML file or URL, and `file:` forms
// of each. Gives every file listed; the client filters by name.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isErrno, redactUrls } from '@wheelwright/errors';
import type { NormalizedName } from '@wheelwright/packaging';
import { type FetchedPage, fetchPage } from './cached-fetch.ts';
import { withoutUserInfo } from './credentials.ts';
import { IndexError } from './errors.ts';
import { isDistributionFilename } from './file-name.ts';
import { formatListing, type Listing, parseListing, type Wanted } from './listing.ts';
import { lastSegment, type PageOrigin, parseHashes, parsePage } from './page-files.ts';
import type { ResponseCache } from './ports.ts';
import type { Session } from './session.ts';
import type { IndexFile } from './types.ts';

const pageLimit = 256 * 1024 * 1024;
const json = 'application/vnd.pypi.simple.v1+json';
const acceptIndex = `${json}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`;

/** What the index at `indexUrl` lists for `name`; undefined when it does not know the name. */
export async function readIndex(
  session: Session,
  indexUrl: string,
  name: NormalizedName,
  cache: ResponseCache | undefined,
  wanted?: Wanted,
): Promise<Listing | undefined> {
  const base = parseUrl(indexUrl, 'index');
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const origin: PageOrigin = { source: 'index', index: withoutUserInfo(base).href };
  const page = new URL(`${name}/`, base);
  page.search = base.search;
  if (page.protocol === 'file:') {
    session.noteFreshness(0);
    const files = readLocal(fileURLToPath(page), origin);
    return files && { ...files, files: files.files.filter((file) => wanted?.(file.filename) !== false) };
  }
  const fetched = await fetchIndexPage(session, page.href, cache);
  return fetched && parseListing(fetched.body, origin, wanted);
}

/** Every file that `location` (an absolute path, or a URL) links to. */
export async function readFindLinks(
  session: Session,
  location: string,
  cache: ResponseCache | undefined,
): Promise<readonly IndexFile[]> {
  const isUrl = /^[a-z][a-z0-9+.-]+:\/\//i.test(location);
  const url = isUrl ? parseUrl(location, 'find-links location') : pathToFileURL(location);
  const origin: PageOrigin = { source: 'find-links', index: isUrl ? withoutUserInfo(url).href : location };
  if (url.protocol === 'file:') {
    session.noteFreshness(0);
    const files = readLocal(fileURLToPath(withoutFragment(url)), origin);
    if (files !== undefined) return files.files;
    throw new IndexError('INDEX_NOT_FOUND', `There is no find-links location ${origin.index}.`, {
      hint: 'Name a directory, an HTML file or a URL that exists.',
      data: { url: origin.index },
    });
  }
  if (isDistributionFilename(lastSegment(url))) return [fileOf(url, origin)];
  const fetched = await fetchPage(session, url.href, { cache, accept: 'text/html', limit: pageLimit, distil });
  if (fetched !== undefined) return parseListing(fetched.body, origin).files;
  const data = { url: origin.index };
  throw new IndexError('INDEX_NOT_FOUND', `There is no find-links page ${origin.index}.`, { data });
}

/** JSON is asked for and HTML taken; a server that refuses the choice is asked for HTML alone. */
async function fetchIndexPage(session: Session, url: string, cache: ResponseCache | undefined) {
  try {
    return await fetchPage(session, url, { cache, accept: acceptIndex, limit: pageLimit, distil });
  } catch (error) {
    if (!(error instanceof IndexError) || (error.data.status !== 406 && error.data.status !== 415)) throw error;
    return fetchPage(session, url, { cache, accept: 'text/html', limit: pageLimit, distil });
  }
}

function distil(page: FetchedPage): Uint8Array {
  return formatListing(parsePage(page, { source: 'index', index: '' }));
}

/** The files of a directory (of its `index.html` when it has one), of an HTML file, or the file itself. */
function readLocal(location: string, origin: PageOrigin): Listing | undefined {
  const facts = statSync(location, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  if (!facts.isDirectory()) {
    if (isDistributionFilename(path.basename(location))) return listingOf([fileOf(pathToFileURL(location), origin)]);
    return parseLocalPage(location, origin);
  }
  if (origin.source === 'index') {
    try {
      return parseLocalPage(path.join(location, 'index.html'), origin);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
  const names = readdirSync(location).filter(isDistributionFilename).sort();
  return listingOf(names.map((name) => fileOf(pathToFileURL(path.join(location, name)), origin)));
}

function parseLocalPage(pagePath: string, origin: PageOrigin): Listing {
  const page = { url: pathToFileURL(pagePath).href, contentType: 'text/html', body: readFileSync(pagePath) };
  const { files, facts } = parsePage(page, origin);
  return { files, facts, count: files.length };
}

function listingOf(files: readonly IndexFile[]): Listing {
  return { files, facts: {}, count: files.length };
}

function fileOf(url: URL, origin: PageOrigin): IndexFile {
  const bare = withoutUserInfo(withoutFragment(url));
  const hashes = parseHashes(url.hash.slice(1));
  return { ...origin, filename: lastSegment(url), url: bare.href, hashes, yanked: false };
}

function withoutFragment(url: URL): URL {
  const bare = new URL(url);
  bare.hash = '';
  return bare;
}

function parseUrl(text: string, what: string): URL {
  if (URL.canParse(text) && ['http:', 'https:', 'file:'].includes(new URL(text).protocol)) return new URL(text);
  const shown = redactUrls(text);
  throw new IndexError('INDEX_UNREACHABLE', `${shown} is not the URL of an ${what}.`.replace('an find', 'a find'), {
    hint: 'It starts with https://, http:// or file://.',
    data: { url: shown },
  });
}
