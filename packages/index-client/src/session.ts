// A logical request: a place among the concurrent ones, credentials for their own origin only, redirects, and repetition of
// what may pass (connection errors, 429, 5xx) with growing pauses. An attempt covers the body: a connection that fails
// while `consume` reads is tried again from the start; whatever else `consume` throws is thrown on.
import { setTimeout as pause } from 'node:timers/promises';
import { CodedError, redactUrls } from '@wheelwright/errors';
import { type Credentials, withoutUserInfo } from './credentials.ts';
import { IndexError, statusError } from './errors.ts';
import { createLimiter } from './limiter.ts';
import { IncompleteBody } from './read-body.ts';
import type { TransportResponse } from './transport/exchange.ts';
import type { Transport } from './transport/transport.ts';
import type { IndexEvent } from './types.ts';

export interface SessionOptions {
  readonly transport: (url: URL) => Promise<Transport>;
  readonly credentials: Credentials;
  readonly isTrusted: (url: URL) => boolean;
  readonly concurrency: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly userAgent: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: IndexEvent) => void) | undefined;
  readonly onFreshness?: ((untilMs: number) => void) | undefined;
}

export interface SessionRequest {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Consume<T> = (response: TransportResponse, url: URL) => Promise<T>;

export interface Session {
  /** Gives the answer and the URL that gave it to `consume`, again for each attempt. */
  request<T>(url: string, request: SessionRequest, consume: Consume<T>): Promise<T>;
  /** What would be sent as `Authorization` to this URL. */
  authorization(url: string): string | undefined;
  /** Called for every used answer with the time (milliseconds since 1970) until which it is fresh. */
  noteFreshness(untilMs: number): void;
  /** Keys of the kept pages that a server of this session has answered for: none of them is asked about again. */
  readonly answered: Set<string>;
}

const maxRedirects = 10;
const maxPauseMs = 30_000;
const redirects = [301, 302, 303, 307, 308];
const passing = [408, 429, 500, 502, 503, 504];

export function createSession(options: SessionOptions): Session {
  const limiter = createLimiter(options.concurrency);

  async function request<T>(start: string, { headers = {}, signal }: SessionRequest, consume: Consume<T>): Promise<T> {
    const given = [options.signal, signal].filter((one) => one !== undefined);
    const both = given.length > 1 ? AbortSignal.any(given) : given[0];
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await limiter.run(() => tryOnce(new URL(start), headers, both, consume), both);
      if ('value' in outcome) return outcome.value;
      both?.throwIfAborted();
      if (!outcome.mayPass || attempt > options.retries) throw outcome.error;
      options.onEvent?.({ type: 'retry', url: redactUrls(start), attempt, reason: outcome.error.message });
      const wait = outcome.retryAfterMs ?? options.retryDelayMs * 2 ** (attempt - 1);
      await pause(Math.min(wait, maxPauseMs), undefined, both === undefined ? {} : { signal: both }).catch(() => {});
      both?.throwIfAborted();
    }
  }

  async function tryOnce<T>(
    start: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    consume: Consume<T>,
  ): Promise<Outcome<T>> {
    let url = start;
    const asked = new Map<string, string>();
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      let response: TransportResponse;
      try {
        const secret = asked.get(url.href) ?? options.credentials.of(url);
        const all = { 'user-agent': options.userAgent, ...headers, ...(secret && { authorization: secret }) };
        const transport = await options.transport(url);
        response = await transport.send({ url: withoutUserInfo(url), headers: all, signal });
      } catch (error) {
        if (error instanceof IndexError) return { error, mayPass: false };
        if (error instanceof CodedError) throw error; // of `proxyFor`
        return connectionFailure(url, error);
      }
      let bodyError: unknown;
      response.body.on('error', (error) => {
        bodyError = error; // also for a body that is not read to its end
      });
      options.onEvent?.({ type: 'request', url: redactUrls(url.href), status: response.status });
      const { location } = response.headers;
      if (redirects.includes(response.status) && typeof location === 'string') {
        response.body.resume();
        const next = redirected(url, location, options.isTrusted);
        if (next instanceof IndexError) return { error: next, mayPass: false };
        url = next;
        continue;
      }
      if (response.status === 401 && !asked.has(url.href)) {
        const secret = await options.credentials.afterRefusal(url);
        if (secret !== undefined) {
          response.body.resume();
          asked.set(url.href, secret);
          continue;
        }
      }
      if (passing.includes(response.status)) {
        response.body.resume();
        const retryAfterMs = retryAfter(response.headers['retry-after']);
        return { error: statusError(url, response.status), mayPass: true, retryAfterMs };
      }
      try {
        return { value: await consume(response, withoutUserInfo(url)) };
      } catch (error) {
        const early = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
        if (!early && error !== bodyError && !(error instanceof IncompleteBody)) throw error;
        return connectionFailure(url, error);
      } finally {
        if (!response.body.readableEnded) response.body.destroy();
      }
    }
    const shown = redactUrls(start.href);
    const message = `${shown} redirects more than ${maxRedirects} times.`;
    return { error: new IndexError('INDEX_UNREACHABLE', message, { data: { url: shown } }), mayPass: false };
  }

  return {
    request,
    authorization: (url) => options.credentials.of(new URL(url)),
    noteFreshness: (untilMs) => options.onFreshness?.(untilMs),
    answered: new Set(),
  };
}

type Outcome<T> =
  | { readonly value: T }
  | { readonly error: IndexError; readonly mayPass: boolean; readonly retryAfterMs?: number | undefined };

function redirected(from: URL, location: string, isTrusted: (url: URL) => boolean): URL | IndexError {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const data = { url: redactUrls(from.href), location: redactUrls(location) };
  if (to === undefined || (to.protocol !== 'https:' && to.protocol !== 'http:')) {
    return new IndexError('INDEX_UNREACHABLE', `${data.url} redirects to ${data.location}, which is no web address.`, {
      data,
    });
  }
  if (from.protocol === 'https:' && to.protocol === 'http:' && !isTrusted(to)) {
    const hint = 'Name that host as a trusted host if this is meant.';
    const message = `${data.url} redirects to ${data.location}, which is not encrypted.`;
    return new IndexError('INDEX_UNREACHABLE', message, { hint, data });
  }
  // An answer may send us anywhere, but not with credentials of its choosing, and those of the URL stay on its origin.
  const next = withoutUserInfo(to);
  if (to.origin === from.origin) [next.username, next.password] = [from.username, from.password];
  return next;
}

function connectionFailure(url: URL, error: unknown): { error: IndexError; mayPass: boolean } {
  const shown = redactUrls(url.href);
  const { code = '', message } = error as NodeJS.ErrnoException;
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_TLS/.test(code);
  const hint = certificate
    ? 'Name the file of its authority (--cert), or the host as a trusted host.'
    : 'Check the URL of the index and the network.';
  const options = { cause: error, hint, data: { url: shown } };
  const failure = new IndexError('INDEX_UNREACHABLE', `${shown} could not be read: ${message}.`, options);
  return { error: failure, mayPass: !certificate && code !== 'ENOTFOUND' };
}

function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
