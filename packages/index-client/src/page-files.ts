// A fetched page made into the files it offers and what it says of the project, be it JSON (PEP 691, 700) or HTML (PEP
// 503, 592, 658). What is not a usable link is left out; what is not a page at all is an error.
import { redactUrls } from '@wheelwright/errors';
import { withoutUserInfo } from './credentials.ts';
import { IndexError } from './errors.ts';
import { isDistributionFilename } from './file-name.ts';
import { type Anchor, readHtmlPage } from './html-page.ts';
import { checkApiVersion, type ProjectFacts, projectFacts } from './project-facts.ts';
import type { IndexFile } from './types.ts';

export interface PageOrigin {
  readonly source: IndexFile['source'];
  /** The index or link page, without credentials. */
  readonly index: string;
}

export interface Page {
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Every distribution file that `page` links to, in its order, and what it says of the project. */
export interface ProjectPage {
  readonly files: readonly IndexFile[];
  readonly facts: ProjectFacts;
}

/** Throws INDEX_BAD_PAGE for an answer that is not a page, or has an unknown API version. */
export function parsePage(page: Page, origin: PageOrigin): ProjectPage {
  const text = decode(page);
  const kind = page.contentType.split(';')[0]!.trim().toLowerCase();
  if (kind.endsWith('+json') || kind === 'application/json') return jsonPage(text, page.url, origin);
  if (kind.includes('html') || kind === '') return htmlPage(text, page.url, origin);
  const shown = redactUrls(page.url);
  throw new IndexError('INDEX_BAD_PAGE', `${shown} is neither HTML nor JSON but ${kind}.`, {
    hint: 'Check that the URL is that of a simple index or of a link page.',
    data: { url: shown, contentType: kind },
  });
}

/** The text in the encoding that the server states, without a byte order mark; UTF-8 where it states none we know. */
function decode({ body, contentType }: Page): string {
  const stated = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  try {
    return new TextDecoder(stated ?? 'utf-8').decode(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // an encoding of this name is not known
    return new TextDecoder().decode(body);
  }
}

function htmlPage(html: string, url: string, origin: PageOrigin): ProjectPage {
  const { anchors, meta } = readHtmlPage(html);
  const all = (name: string) => meta.flatMap((one) => (one.name === name ? [one.content] : []));
  checkApiVersion(all('pypi:repository-version')[0], redactUrls(url));
  const files = anchors.flatMap((anchor) => anchorFile(anchor, url, origin) ?? []);
  const facts = projectFacts({
    apiVersion: all('pypi:repository-version')[0],
    status: all('pypi:project-status')[0],
    statusReason: all('pypi:project-status-reason')[0],
    tracks: all('pypi:tracks'),
    alternateLocations: all('pypi:alternate-locations'),
  });
  return { files, facts };
}

function anchorFile({ href, base, attributes }: Anchor, page: string, origin: PageOrigin): IndexFile | undefined {
  const hash = href.indexOf('#');
  const from = base !== undefined && URL.canParse(base, page) ? new URL(base, page).href : page;
  const target = resolveLink(hash === -1 ? href : href.slice(0, hash), from, page);
  if (target === undefined) return undefined;
  const filename = lastSegment(target);
  if (!isDistributionFilename(filename)) return undefined;
  const yanked = attributes.get('data-yanked');
  const core = attributes.get('data-core-metadata') ?? attributes.get('data-dist-info-metadata');
  return {
    filename,
    url: target.href,
    hashes: hash === -1 ? {} : parseHashes(href.slice(hash + 1)),
    requiresPython: attributes.get('data-requires-python')?.trim() || undefined,
    yanked: yanked === undefined ? false : yanked === '' ? true : yanked,
    coreMetadata: core === undefined || core === 'false' ? undefined : coreMetadata(parseHashes(core)),
    size: undefined,
    uploadTime: attributes.get('data-upload-time'),
    source: origin.source,
    index: origin.index,
  };
}

function jsonPage(text: string, url: string, origin: PageOrigin): ProjectPage {
  const shown = redactUrls(url);
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (cause) {
    throw new IndexError('INDEX_BAD_PAGE', `${shown} calls itself JSON and is not.`, { cause, data: { url: shown } });
  }
  if (!isRecord(page) || !Array.isArray(page.files)) {
    throw new IndexError('INDEX_BAD_PAGE', `${shown} is JSON without a list of files.`, { data: { url: shown } });
  }
  const meta = isRecord(page.meta) ? page.meta : {};
  checkApiVersion(meta['api-version'], shown);
  const files = page.files.flatMap((entry: unknown) => (isRecord(entry) ? (jsonFile(entry, url, origin) ?? []) : []));
  const status = isRecord(page['project-status']) ? page['project-status'] : {};
  const facts = projectFacts({
    apiVersion: meta['api-version'],
    status: status.status,
    statusReason: status.reason,
    tracks: meta.tracks,
    alternateLocations: page['alternate-locations'],
  });
  return { files, facts };
}

function jsonFile(entry: Record<string, unknown>, url: string, origin: PageOrigin): IndexFile | undefined {
  const { url: href, yanked, size } = entry;
  const target = typeof href === 'string' ? jsonLink(href, url) : undefined;
  if (target === undefined) return undefined;
  const filename = typeof entry.filename === 'string' ? entry.filename : lastSegment(new URL(target));
  if (!isDistributionFilename(filename)) return undefined;
  const requiresPython = entry['requires-python'];
  const core = entry['core-metadata'] ?? entry['dist-info-metadata'];
  const uploadTime = entry['upload-time'];
  return {
    filename,
    url: target,
    hashes: jsonHashes(entry.hashes),
    requiresPython: typeof requiresPython === 'string' ? requiresPython.trim() || undefined : undefined,
    yanked: typeof yanked === 'string' ? yanked || true : yanked === true,
    coreMetadata: core === true ? true : isRecord(core) ? coreMetadata(jsonHashes(core)) : undefined,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    uploadTime: typeof uploadTime === 'string' ? uploadTime : undefined,
    source: origin.source,
    index: origin.index,
  };
}

// Plain in every part, without credentials, dots as segments, query or fragment: parsing it would give it back as it is.
const plainLink = /^https:\/\/[a-z0-9][a-z0-9.-]*(?:\/[A-Za-z0-9_~%+!-][A-Za-z0-9._~%+!-]*)+$/;

/** The target of a link of a JSON page without its fragment; thousands of them are absolute and plain. */
function jsonLink(href: string, page: string): string | undefined {
  if (plainLink.test(href)) return href;
  const target = resolveLink(href, page, page);
  if (target === undefined) return undefined;
  target.hash = '';
  return target.href;
}

/** Pages from the network may point to the network only; credentials in a link are not followed. */
function resolveLink(href: string, base: string, page: string): URL | undefined {
  let target: URL;
  try {
    target = new URL(href, base);
  } catch {
    return undefined;
  }
  const web = target.protocol === 'https:' || target.protocol === 'http:';
  if (!web && !(target.protocol === 'file:' && page.startsWith('file:'))) return undefined;
  return target.username === '' && target.password === '' ? target : withoutUserInfo(target);
}

export function lastSegment(url: URL): string {
  const { pathname } = url;
  const segment = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `sha256=…&…` of a fragment or an attribute, as algorithm to digest. */
export function parseHashes(text: string): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const [, algorithm, digest] of text.matchAll(/(?<![^&])([A-Za-z0-9_]+)=([0-9A-Fa-f]{8,128})(?![^&])/g)) {
    hashes[algorithm!.toLowerCase()] = digest!.toLowerCase();
  }
  return hashes;
}

function jsonHashes(value: unknown): Record<string, string> {
  const hashes: Record<string, string> = {};
  if (!isRecord(value)) return hashes;
  for (const [algorithm, digest] of Object.entries(value)) {
    if (typeof digest !== 'string' || !digestPattern.test(digest) || !/^\w+$/.test(algorithm)) continue;
    hashes[algorithm.toLowerCase()] = digest.toLowerCase();
  }
  return hashes;
}

const digestPattern = /^[0-9A-Fa-f]{8,128}$/;

function coreMetadata({ sha256 }: Readonly<Record<string, string>>): IndexFile['coreMetadata'] {
  return sha256 === undefined ? true : { sha256 };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
