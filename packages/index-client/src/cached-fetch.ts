// Pages fetched through the response cache. http-cache-semantics judges whether a kept answer may be used, must be asked
// about, or must not be kept; nothing secret is written into the cache, and a damaged entry counts as none.
import { createHash } from 'node:crypto';
import CachePolicy from 'http-cache-semantics';
import { withoutUserInfo } from './credentials.ts';
import { statusError } from './errors.ts';
import type { ResponseCache } from './ports.ts';
import { readBody } from './read-body.ts';
import type { Session } from './session.ts';
import type { TransportResponse } from './transport.ts';

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
}

const format = 1;

/** The page at `url`; undefined when the server says that there is none. */
export async function fetchPage(
  session: Session,
  url: string,
  { cache, accept, limit }: CachedFetchOptions,
): Promise<FetchedPage | undefined> {
  const bare = withoutUserInfo(new URL(url)).href;
  const asked = { url: bare, method: 'GET', headers: { accept, 'accept-encoding': 'gzip' } };
  const key = cacheKey(bare, accept, session.authorization(url));
  const kept = readEntry(cache, key);
  if (kept?.policy.satisfiesWithoutRevalidation(asked)) return kept.page;
  const headers = kept === undefined ? asked.headers : stringHeaders(kept.policy.revalidationHeaders(asked));
  return session.request(url, { headers }, async (response, from) => {
    if (response.status === 304 && kept !== undefined) {
      const { policy } = kept.policy.revalidatedPolicy(asked, answerOf(response));
      if (policy.satisfiesWithoutRevalidation(asked)) writeEntry(cache, key, policy, kept.page);
      return kept.page;
    }
    if (response.status === 404 || response.status === 410) return undefined;
    if (response.status !== 200) throw statusError(from, response.status);
    const body = await readBody(response, from, limit);
    const page = { url: from.href, contentType: String(response.headers['content-type'] ?? ''), body };
    const policy = new CachePolicy(asked, answerOf(response), { shared: false });
    if (policy.storable()) writeEntry(cache, key, policy, page);
    return page;
  });
}

/** Who asks is part of the key: what one user may see is not shown to another. */
function cacheKey(url: string, accept: string, authorization: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([format, url, accept, authorization]))
    .digest('hex');
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
}

function readEntry(cache: ResponseCache | undefined, key: string): Entry | undefined {
  const kept = cache?.read(key);
  if (kept === undefined) return undefined;
  try {
    const meta = JSON.parse(kept.meta);
    if (meta.format !== format || meta.length !== kept.body.length || !URL.canParse(meta.url)) return undefined;
    const page = { url: String(meta.url), contentType: String(meta.contentType), body: kept.body };
    return { policy: CachePolicy.fromObject(meta.policy), page };
  } catch {
    return undefined;
  }
}

function writeEntry(cache: ResponseCache | undefined, key: string, policy: CachePolicy, page: FetchedPage): void {
  const { url, contentType, body } = page;
  const meta = { format, url, contentType, length: body.length, policy: policy.toObject() };
  cache?.write(key, JSON.stringify(meta), body);
}
