// Requests to one bucket: signed, tried again where that may help, and their failures named. A clock that is wrong is
// corrected by the engine's own, and credentials that expire are asked for again, each once a request.
import { RemoteError } from '../errors.ts';
import type { Clock, RemoteBody } from '../ports.ts';
import { drain } from '../transport/read-body.ts';
import { withRetries } from '../transport/retries.ts';
import type { ExchangeAnswer, ExchangeRequest, Transport } from '../transport/transport.ts';
import type { S3Address } from './addresses.ts';
import { failureOf, readStatedError, type StatedError } from './answers.ts';
import type { Credentials, HeldCredentials } from './credentials.ts';
import { emptySha256, signRequest } from './sign-request.ts';

export interface S3Request {
  readonly method: ExchangeRequest['method'];
  /** Below the root of the bucket, every segment free of characters to encode. */
  readonly path: string;
  readonly query?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RemoteBody | undefined;
  readonly sha256?: string | undefined;
  readonly firstByteMs?: number | undefined;
  /** Statuses that the caller understands, beside those of success. */
  readonly expected: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export class S3Session {
  readonly #address: S3Address;
  readonly #transport: Transport;
  readonly #credentials: HeldCredentials;
  readonly #clock: Clock;
  /** How far the clock of this machine is behind the engine's, in ms. */
  #behindMs = 0;

  constructor(address: S3Address, transport: Transport, credentials: HeldCredentials, clock: Clock) {
    this.#address = address;
    this.#transport = transport;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** How far the clock of this machine was found to be behind the engine's, in ms; 0 while no one complained. */
  get behindMs(): number {
    return this.#behindMs;
  }

  /** The answer, of success or of one of the expected statuses; its body is the caller's to read. */
  request(wanted: S3Request): Promise<ExchangeAnswer & { readonly tries: number }> {
    let tries = 0;
    return withRetries(
      async () => {
        tries += 1;
        const answer = await this.#attempt(wanted);
        return { status: answer.status, headers: answer.headers, body: answer.body, tries };
      },
      this.#clock,
      wanted.signal,
    );
  }

  async #attempt(wanted: S3Request): Promise<ExchangeAnswer> {
    let corrected = false;
    let renewed = false;
    for (;;) {
      const credentials = await this.#credentials.current();
      const answer = await this.#transport.send(this.#sign(wanted, credentials));
      if (answer.status < 300) return answer;
      // A missing object and a missing bucket have one status, and only the body tells them apart.
      const isExpected = wanted.expected.includes(answer.status);
      if (isExpected && (answer.status !== 404 || wanted.method === 'HEAD')) return answer;
      const stated = await readStatedError(answer);
      if (isExpected && stated.code !== 'NoSuchBucket') return answer;
      if (!corrected && stated.code === 'RequestTimeTooSkewed' && this.#correctClock(answer)) corrected = true;
      else if (!renewed && isExpired(stated) && (await this.#credentials.renew(credentials))) renewed = true;
      else throw failureOf(answer, stated, this.#address.name);
    }
  }

  #sign({ method, path, query, headers = {}, body, sha256, firstByteMs, signal }: S3Request, credentials: Credentials) {
    const { region, root, name } = this.#address;
    if (body !== undefined && sha256 === undefined) throw new Error(`bug: a body for ${name} without its sha256`);
    const url = new URL(root.href);
    url.pathname += path;
    url.search = query ?? '';
    const date = new Date(Date.now() + this.#behindMs);
    const signed = signRequest({ method, url, headers, sha256: sha256 ?? emptySha256, region, date }, credentials);
    return { method, url, headers: signed, body, firstByteMs, signal };
  }

  #correctClock({ headers }: ExchangeAnswer): boolean {
    const theirs = Date.parse(headers.date ?? '');
    if (!Number.isFinite(theirs)) return false;
    this.#behindMs = theirs - Date.now();
    return true;
  }
}

function isExpired({ code }: StatedError): boolean {
  return ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'].includes(code);
}

/** Reads an answer whose body no one wants, and gives the etag of what was written. */
export async function finish(answer: ExchangeAnswer, name: string): Promise<{ etag: string }> {
  await drain(answer.body);
  const { etag } = answer.headers;
  if (etag === undefined)
    throw new RemoteError('REMOTE_MISCONFIGURED', `${name} states no version (ETag) of what it stores.`);
  return { etag };
}
