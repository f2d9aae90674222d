// The address of a remote, read once: `s3://bucket/prefix?endpoint=…&region=…&style=…`, or the base URL of an HTTP cache.
import { RemoteError } from '../errors.ts';
import { basicAuthorization } from '../transport/basic-authorization.ts';

/** Where an S3 bucket is. */
export interface S3Address {
  readonly kind: 's3';
  /** Without credentials, for people. */
  readonly name: string;
  readonly bucket: string;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
  readonly region: string;
  /** The root of the bucket: of the path style `https://host/bucket/`, else `https://bucket.host/`. */
  readonly root: URL;
}

/** Where an HTTP cache is. */
export interface HttpAddress {
  readonly kind: 'http';
  readonly name: string;
  /** Ends in a slash; holds no user and no password. */
  readonly base: URL;
  readonly authorization: string | undefined;
}

/** What stands in place of what an address leaves out. */
export interface AddressDefaults {
  /** The engine that answers where the address of a bucket names none; without it that of AWS. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

const parameters = ['endpoint', 'region', 'style'];

/**
 * Parses the address of a remote.
 * @throws RemoteError REMOTE_MISCONFIGURED, which quotes no credentials.
 */
export function parseRemoteAddress(text: string, defaults: AddressDefaults = {}): S3Address | HttpAddress {
  const url = parseUrl(text, 'The address of the remote');
  if (url.protocol === 's3:') return parseS3(url, defaults);
  if (url.protocol === 'http:' || url.protocol === 'https:') return parseHttp(url);
  throw misconfigured(`The address of the remote begins with ${url.protocol}//, not with s3://, https:// or http://.`);
}

function parseS3(url: URL, defaults: AddressDefaults): S3Address {
  if (url.username !== '' || url.password !== '')
    throw misconfigured(
      'The address of a bucket holds no credentials.',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || bucket.includes('..'))
    throw misconfigured(`${bucket} is not the name of a bucket.`);
  for (const parameter of url.searchParams.keys())
    if (!parameters.includes(parameter))
      throw misconfigured(
        `The address of the remote has the parameter ${parameter}.`,
        `Known are ${parameters.join(', ')}.`,
      );
  const prefix = decodedPath(url).replace(/^\/+|\/+$/g, '');
  if (!/^[\w.!*'()/-]*$/.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..'))
    throw misconfigured(`${prefix} is not a prefix of keys.`, 'Use letters, digits, and . _ - between slashes.');
  const endpoint = url.searchParams.get('endpoint') ?? defaults.endpoint;
  const region = url.searchParams.get('region') ?? defaults.region ?? 'us-east-1';
  if (!/^[\w-]{1,64}$/.test(region)) throw misconfigured(`${region} is not a region.`);
  const style = url.searchParams.get('style') ?? (endpoint === undefined && !bucket.includes('.') ? 'virtual' : 'path');
  if (style !== 'virtual' && style !== 'path') throw misconfigured(`The style is ${style}, not path or virtual.`);
  const host = parseUrl(endpoint ?? `https://s3.${region}.amazonaws.com`, 'The endpoint of the remote');
  if (host.protocol !== 'https:' && host.protocol !== 'http:')
    throw misconfigured(`The endpoint begins with ${host.protocol}//, not with https:// or http://.`);
  if (host.username !== '' || host.password !== '')
    throw misconfigured('The endpoint of the remote holds credentials.');
  const root = new URL(host.href.replace(/[?#].*$/, '').replace(/\/*$/, '/'));
  if (style === 'virtual') root.hostname = `${bucket}.${root.hostname}`;
  else root.pathname += `${bucket}/`;
  return { kind: 's3', name: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`, bucket, prefix, region, root };
}

function parseHttp(url: URL): HttpAddress {
  const authorization = basicAuthorization(url, 'the address of the remote');
  const base = new URL(url.href);
  [base.username, base.password, base.search, base.hash] = ['', '', '', ''];
  base.pathname = base.pathname.replace(/\/*$/, '/');
  return { kind: 'http', name: base.href.replace(/\/$/, ''), base, authorization };
}

function parseUrl(text: string, what: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    // The text may hold a password that no rule of URLs lets us find, so it is not quoted.
    throw new RemoteError('REMOTE_MISCONFIGURED', `${what} is not a URL.`, { cause: withoutInput(error) });
  }
}

function decodedPath({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    const message = 'The prefix in the address of the remote is not percent-encoded as a URL requires.';
    throw misconfigured(message, 'Write a percent sign as %25.');
  }
}

function withoutInput(error: unknown): Error {
  return new Error(error instanceof Error ? error.message : 'Invalid URL');
}

function misconfigured(message: string, hint?: string): RemoteError {
  return new RemoteError('REMOTE_MISCONFIGURED', message, { hint });
}
