// Signature Version 4 of one request. The hash of the body is in it, so that the engine refuses any other body.
import { createHash } from 'node:crypto';
import aws4 from 'aws4';
import type { Credentials } from './credentials.ts';

export const emptySha256 = createHash('sha256').digest('hex');

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The sha256 of the body, in hex. */
  readonly sha256: string;
  readonly region: string;
  readonly date: Date;
}

/** The headers of the request with its signature. */
export function signRequest(request: UnsignedRequest, credentials: Credentials): Record<string, string> {
  const { method, url, headers, sha256, region, date } = request;
  const signed = aws4.sign(
    {
      service: 's3',
      region,
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...headers,
        host: url.host,
        'x-amz-content-sha256': sha256,
        'x-amz-date': date.toISOString().replace(/[:-]|\.\d{3}/g, ''),
      },
    },
    {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    },
  );
  return Object.fromEntries(Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)]));
}
