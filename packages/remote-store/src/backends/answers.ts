// What an answer of an engine means when it is none of those that a call expects. A body is read for its error code alone.
import { RemoteError, type RemoteErrorCode } from '../errors.ts';
import { readBounded } from '../transport/read-body.ts';
import { Retriable, readRetryAfter } from '../transport/retries.ts';
import type { ExchangeAnswer } from '../transport/transport.ts';

/** The error that an S3 engine states in its XML. Empty where it states none, as HTTP caches and answers to HEAD do. */
export interface StatedError {
  readonly code: string;
  readonly region: string | undefined;
}

const textLimit = 1 << 16;

/** Reads the body of a failed answer to its end. A body that fails is an error without a code. */
export async function readStatedError(answer: ExchangeAnswer): Promise<StatedError> {
  const text = (await readBounded(answer.body, textLimit).catch(() => undefined))?.toString('utf8') ?? '';
  const element = (name: string) => new RegExp(`<${name}>([\\w.-]{1,64})</${name}>`).exec(text)?.[1];
  const region = String(answer.headers['x-amz-bucket-region'] ?? element('Region') ?? '');
  return { code: element('Code') ?? '', region: region === '' ? undefined : region };
}

const fullCodes = ['QuotaExceeded', 'EntityTooLarge', 'XMinioStorageFull', 'InsufficientStorage', 'StorageFull'];
const alteredCodes = ['BadDigest', 'XAmzContentSHA256Mismatch', 'IncompleteBody', 'InvalidDigest'];
const elsewhereCodes = [
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
];

/** The error of `answer`, or a Retriable around it. `name` is that of the remote. */
export function failureOf(answer: ExchangeAnswer, stated: StatedError, name: string): RemoteError | Retriable {
  const { status, headers } = answer;
  const make = (code: RemoteErrorCode, what: string, hint?: string) =>
    new RemoteError(code, `${name} ${what} (${status}${stated.code === '' ? '' : ` ${stated.code}`}).`, {
      hint,
      data: { remote: name, status, engineCode: stated.code === '' ? undefined : stated.code },
    });
  if (status === 507 || status === 413 || fullCodes.includes(stated.code))
    return make('REMOTE_FULL', 'takes no more', 'Give it more space, or shorten the life of its objects.');
  if (alteredCodes.includes(stated.code))
    return new Retriable(make('REMOTE_ALTERED', 'received other bytes than were sent'));
  if (stated.code === 'NoSuchBucket')
    return make('REMOTE_MISCONFIGURED', 'does not exist', 'Make the bucket, or correct its name.');
  if (elsewhereCodes.includes(stated.code) && stated.region !== undefined)
    return make('REMOTE_MISCONFIGURED', 'is in another region', `Add ?region=${stated.region} to its address.`);
  if (status >= 300 && status < 400)
    return make(
      'REMOTE_MISCONFIGURED',
      'answers with a redirect, which is not followed',
      'Name the place that it leads to.',
    );
  if (status === 407) return make('REMOTE_DENIED', 'is behind a proxy that asks for credentials');
  if (status === 401 || status === 403)
    return make(
      'REMOTE_DENIED',
      'denies access',
      stated.code === 'AccessDenied'
        ? 'Allow s3:GetObject and s3:ListBucket; without s3:ListBucket an engine denies a key that is not there.'
        : 'Check the credentials of the remote.',
    );
  if (status === 429 || status >= 500)
    return new Retriable(
      make('REMOTE_UNREACHABLE', 'is overloaded or failing'),
      readRetryAfter(headers['retry-after'], headers.date),
    );
  return make('REMOTE_MISCONFIGURED', 'answers what no cache answers', 'Check the address of the remote.');
}

/** How old the object of `headers` is, by the clock that wrote both dates. */
export function ageOf(headers: ExchangeAnswer['headers']): number | undefined {
  const age = Date.parse(headers.date ?? '') - Date.parse(headers['last-modified'] ?? '');
  return Number.isFinite(age) && age >= 0 ? age : undefined;
}

/** The size that the answer announces. */
export function announcedSize(headers: ExchangeAnswer['headers']): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
