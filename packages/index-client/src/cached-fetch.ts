// Pages fetched through the response cache. http-cache-semantics judges whether a kept answer may be used, must be asked
// about, or must not be kept; nothing secret is written into the cache, and a damaged entry counts as none. What the server
// said and what it sent are two entries: where it says that nothing has changed, only the small one is written again.
import { createHash } from 'node:crypto';
import CachePolicy from 'http-cache-semantics';
import { withoutUserInfo } from './credentials.ts';
import { statusError } from './errors.ts';
import type { ResponseCache } from './ports.ts';
import { decodeBody, readRawBody } from './read-body.ts';
import type { Session } from './session.ts';
import type { TransportResponse } from './transport/exchange.ts';

export interface FetchedPage {
  /** Where the answer came from after redirects: the base of relative links. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface CachedFetchOptions {
  readonly cache?: ResponseCache | undefined;
  readonly accept: string;
  readonly limit: number;
  /** Makes of a page that has come what is kept of it, and given back, in place of its body. */
  readonly distil?: ((page: FetchedPage) => Uint8Array) | undefined;
}

const format = 5;

/** The page at `url`; undefined when the server says that there is none. */
export async function fetchPage(
  session: Session,
  url: string,
  { cache, accept, limit, distil }: CachedFetchOptions,
): Promise<FetchedPage | undefined> {
  const bare = withoutUserInfo(new URL(url)).href;
  const asked = { url: bare, method: 'GET', headers: { accept, 'accept-encoding': 'gzip' } };
  const key = cacheKey(bare, accept, session.authorization(url));
  const kept = readEntry(cache, key);
  if (kept !== undefined && session.answered.has(key)) return kept.page;
  if (kept?.policy.satisfiesWithoutRevalidation(asked)) {
    note(session, kept.policy, asked);
    return kept.page;
  }
  const headers = kept === undefined ? asked.headers : stringHeaders(kept.policy.revalidationHeaders(asked));
  const readPage = async (response: TransportResponse, from: URL, raw: Buffer): Promise<FetchedPage> => {
    const body = await decodeBody(response, from, raw, limit);
    const sent = { url: from.href, contentType: String(response.headers['content-type'] ?? ''), body };
    return distil === undefined ? sent : { ...sent, body: distil(sent) };
  };
  return session.request(url, { headers }, async (response, from) => {
    if (response.status === 304 && kept !== undefined) {
      const { policy } = kept.policy.revalidatedPolicy(asked, answerOf(response));
      if (policy.satisfiesWithoutRevalidation(asked)) writeEntry(cache, key, { ...kept, policy });
      note(session, policy, asked);
      session.answered.add(key);
      return kept.page;
    }
    if (response.status === 404 || response.status === 410) {
      session.noteFreshness(0);
      return undefined;
    }
    if (response.status !== 200) throw statusError(from, response.status);
    const raw = await readRawBody(response, from, limit);
    const { 'content-type': contentType = '', 'content-encoding': encoding } = response.headers;
    // The bytes as they came: a page that is known is not even decoded.
    const source = sha256(JSON.stringify([from.href, contentType, encoding]), raw);
    // A keyring may have answered meanwhile: what it opens is kept for who has its credentials.
    const own = cacheKey(bare, accept, session.authorization(url));
    const same = own === key && kept?.source === source ? kept : undefined;
    const page = same?.page ?? (await readPage(response, from, raw));
    const policy = new CachePolicy(asked, answerOf(response), { shared: false });
    const holds = note(session, policy, asked);
    if (policy.storable() && cache !== undefined) {
      if (same === undefined) cache.write(bodyKeyOf(own), source, page.body);
      // An answer that can be neither used again nor asked about says nothing new when it comes again.
      if (same === undefined || holds || hasValidator(response)) writeEntry(cache, own, { policy, page, source });
      session.answered.add(own);
    }
    return page;
  });
}

// Not `timeToLive`, which counts for how long an answer may be used when the server cannot be asked.
function note(
  session: Session,
  policy: CachePolicy,
  asked: Parameters<CachePolicy['satisfiesWithoutRevalidation']>[0],
) {
  const holds = policy.storable() && policy.satisfiesWithoutRevalidation(asked);
  session.noteFreshness(holds ? Date.now() + (policy.maxAge() - policy.age()) * 1000 : 0);
  return holds;
}

function hasValidator({ headers }: TransportResponse): boolean {
  return headers.etag !== undefined || headers['last-modified'] !== undefined;
}

/** Who asks is part of the key: what one user may see is not shown to another. */
function cacheKey(url: string, accept: string, authorization: string | undefined): string {
  return sha256(JSON.stringify([format, url, accept, authorization]));
}

function answerOf(response: TransportResponse): { status: number; headers: Record<string, string> } {
  const { 'set-cookie': _secret, ...headers } = response.headers;
  return { status: response.status, headers: stringHeaders(headers) };
}

function stringHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

interface Entry {
  readonly policy: CachePolicy;
  readonly page: FetchedPage;
  /** The hash of what was sent, as it came: the same again is neither decoded nor read again. */
  readonly source: string;
}

function readEntry(cache: ResponseCache | undefined, key: string): Entry | undefined {
  const kept = cache?.read(key);
  if (kept === undefined) return undefined;
  try {
    const meta = JSON.parse(kept.meta);
    if (meta.format !== format || !URL.canParse(meta.url)) return undefined;
    const sent = cache?.read(bodyKeyOf(key));
    // Another process may have written one of the two in between.
    if (sent === undefined || sent.meta !== meta.source || sent.body.length !== meta.length) return undefined;
    const page = { url: String(meta.url), contentType: String(meta.contentType), body: sent.body };
    return { policy: CachePolicy.fromObject(meta.policy), page, source: sent.meta };
  } catch {
    return undefined;
  }
}

function writeEntry(cache: ResponseCache | undefined, key: string, { policy, page, source }: Entry): void {
  const { url, contentType, body } = page;
  const meta = { format, url, contentType, length: body.length, source, policy: policy.toObject() };
  cache?.write(key, JSON.stringify(meta), new Uint8Array());
}

function bodyKeyOf(key: string): string {
  return sha256('body', key);
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
