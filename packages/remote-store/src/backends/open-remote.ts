// A remote by its address. Nothing is sent before the first call.
import { RemoteError } from '../errors.ts';
import type { Clock, RemoteStore } from '../ports.ts';
import { systemClock } from '../transport/clock.ts';
import { type Deadlines, defaultDeadlines } from '../transport/deadlines.ts';
import { authorizationOf } from '../transport/proxy.ts';
import { createTransport } from '../transport/transport.ts';
import { parseRemoteAddress } from './addresses.ts';
import { type CredentialSource, HeldCredentials } from './credentials.ts';
import { HttpRemote } from './http-remote.ts';
import { S3Remote } from './s3-remote.ts';

/** How a remote is opened. */
export interface OpenRemoteOptions {
  /** Whether this process may write; without it no write is ever sent. */
  readonly writable?: boolean | undefined;
  /** The keys of an S3 engine. */
  readonly credentials?: CredentialSource | undefined;
  /** The engine of a bucket whose address names none; without it that of AWS. */
  readonly endpoint?: string | undefined;
  /** The region of a bucket whose address names none; without it `us-east-1`. */
  readonly region?: string | undefined;
  /** A proxy for every request, with its credentials where it wants some. */
  readonly proxyUrl?: string | undefined;
  /** Certificates (PEM) to trust instead of the usual ones. */
  readonly ca?: string | undefined;
  /** In place of 2 s to connect, 5 s to the first byte and 10 s without progress. */
  readonly deadlines?: Partial<Deadlines> | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
}

/**
 * Opens the remote at `address`: `s3://bucket/prefix?endpoint=…&region=…&style=path|virtual`, or the base URL of an HTTP
 * cache, with user and password where it wants them. Sends nothing.
 * @throws RemoteError REMOTE_MISCONFIGURED where the address, or that of the proxy, is none.
 */
export function openRemote(address: string, options: OpenRemoteOptions = {}): RemoteStore {
  const { writable = false, clock = systemClock } = options;
  const parsed = parseRemoteAddress(address, { endpoint: options.endpoint, region: options.region });
  const transport = createTransport({
    name: parsed.name,
    deadlines: { ...defaultDeadlines, ...options.deadlines },
    ca: options.ca,
    proxyUrl: options.proxyUrl === undefined ? undefined : parseProxy(options.proxyUrl),
  });
  if (parsed.kind === 'http') return new HttpRemote(parsed, transport, clock, writable);
  const source = options.credentials ?? noCredentials(parsed.name);
  return new S3Remote(parsed, transport, new HeldCredentials(source, parsed.name), clock, writable);
}

function noCredentials(name: string): CredentialSource {
  return () => {
    throw new RemoteError('REMOTE_DENIED', `${name}: no credentials are set.`, { data: { remote: name } });
  };
}

function parseProxy(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') {
    // Checked when the remote is opened, not in the middle of a request.
    authorizationOf(url);
    return url;
  }
  throw new RemoteError('REMOTE_MISCONFIGURED', 'The proxy for the remote is not an http:// URL.');
}
