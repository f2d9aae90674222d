// One request and its answer, whatever protocol carries them.
import type { Readable } from 'node:stream';

export interface TransportRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** The error of a connection that has stopped answering. */
export function silence(url: URL, ms: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`${url.host} sent nothing for ${ms / 1000} s`), { code: 'ETIMEDOUT' });
}

/** The host of a URL as sockets take it: without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
