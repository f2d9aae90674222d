// The other end of Signature Version 4: what the signature of a request has to be. Written from the specification and not
// from the library that signs, so that each checks the other.
import { createHash, createHmac } from 'node:crypto';
import type http from 'node:http';

/** A key pair that a server knows, and what it may do. */
export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Asked for in `x-amz-security-token` where it is given. */
  readonly sessionToken?: string | undefined;
  /** `read`: every write is denied. */
  readonly rights?: 'read' | 'write' | undefined;
  /** From then on the server calls the keys expired. */
  readonly expired?: boolean | undefined;
}

/** Why a request is refused, as the code that S3 states; undefined where it is signed as it should be. */
export function refusalOf(
  request: http.IncomingMessage,
  users: readonly S3User[],
  nowMs: number,
  expectedRegion: string | undefined,
): string | undefined {
  const { headers } = request;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (parts === null) return 'AccessDenied';
  const [, keyId = '', day = '', region = '', names = '', signature = ''] = parts;
  const user = users.find(({ accessKeyId }) => accessKeyId === keyId);
  if (user === undefined) return 'InvalidAccessKeyId';
  const date = String(headers['x-amz-date'] ?? '');
  const sentMs = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(sentMs - nowMs) < 15 * 60_000)) return 'RequestTimeTooSkewed';
  if (!date.startsWith(day)) return 'SignatureDoesNotMatch';
  if (expectedRegion !== undefined && region !== expectedRegion) return 'AuthorizationHeaderMalformed';
  if (!names.split(';').includes('host')) return 'SignatureDoesNotMatch';
  if (signature !== signatureOf(request, user, { day, region, names, date })) return 'SignatureDoesNotMatch';
  if (user.expired === true) return 'ExpiredToken';
  if (user.sessionToken !== undefined && headers['x-amz-security-token'] !== user.sessionToken) return 'InvalidToken';
  return undefined;
}

function signatureOf(
  { method, url = '/', headers }: http.IncomingMessage,
  user: S3User,
  { day, region, names, date }: { day: string; region: string; names: string; date: string },
): string {
  const [path = '/', query = ''] = url.split('?', 2);
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  const canonical = [
    method,
    path,
    pairs.sort().join('&'),
    ...names.split(';').map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${user.secretAccessKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}
