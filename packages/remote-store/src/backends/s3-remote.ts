// The port on an S3 engine: conditional writes, ranges, and multipart uploads of what is large. Every body is signed with
// its real sha256: an engine that is sent UNSIGNED-PAYLOAD may store the half of a body whose connection was cut.
import { RemoteError } from '../errors.ts';
import type {
  Clock,
  RemoteBody,
  RemoteCallOptions,
  RemoteGetOptions,
  RemoteKey,
  RemoteObject,
  RemoteStore,
  RemoteTraits,
} from '../ports.ts';
import { drain } from '../transport/read-body.ts';
import { sizeOf, type Transport } from '../transport/transport.ts';
import type { S3Address } from './addresses.ts';
import { ageOf, announcedSize } from './answers.ts';
import type { HeldCredentials } from './credentials.ts';
import { uploadInParts } from './multipart.ts';
import { finish, S3Session } from './s3-session.ts';

/** The layout of keys; another layout is another number, and objects of this one expire. */
const layout = 'v1';

/** Of what is at least this large the engine is asked first: its refusal of a body under way ends in a reset. */
const askFirstBytes = 1 << 20;

/** What is larger goes in parts. */
const singleBytes = 64 * 1024 * 1024;

export class S3Remote implements RemoteStore {
  readonly name: string;
  readonly traits: RemoteTraits;
  readonly #address: S3Address;
  readonly #transport: Transport;
  readonly #session: S3Session;

  constructor(address: S3Address, transport: Transport, credentials: HeldCredentials, clock: Clock, writable: boolean) {
    this.name = address.name;
    this.traits = { conditional: 'atomic', writable, bodyHash: true };
    this.#address = address;
    this.#transport = transport;
    this.#session = new S3Session(address, transport, credentials, clock);
  }

  /** How far the clock of this machine was found to be behind the engine's, in ms. */
  get behindMs(): number {
    return this.#session.behindMs;
  }

  async get(key: RemoteKey, options: RemoteGetOptions = {}): Promise<RemoteObject | 'absent' | 'same'> {
    const { etag, range, signal } = options;
    const headers = {
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...(range === undefined ? {} : { range: `bytes=${range[0]}-${range[1]}` }),
    };
    const answer = await this.#session.request({
      method: 'GET',
      path: this.#path(key),
      headers,
      expected: [304, 404],
      signal,
    });
    if (answer.status === 304 || answer.status === 404) {
      await drain(answer.body);
      return answer.status === 304 ? 'same' : 'absent';
    }
    return {
      body: answer.body,
      size: announcedSize(answer.headers),
      etag: answer.headers.etag ?? '',
      ageMs: ageOf(answer.headers),
    };
  }

  async has(key: RemoteKey, { signal }: RemoteCallOptions = {}) {
    const answer = await this.#session.request({ method: 'HEAD', path: this.#path(key), expected: [404], signal });
    await drain(answer.body);
    if (answer.status === 404) return undefined;
    return { size: announcedSize(answer.headers), etag: answer.headers.etag ?? '' };
  }

  async putIfAbsent(key: RemoteKey, body: RemoteBody, sha256: string, { signal }: RemoteCallOptions = {}) {
    if (sizeOf(body) >= askFirstBytes && (await this.has(key, { signal })) !== undefined) return 'present';
    return (await this.#put(key, body, sha256, { 'if-none-match': '*' }, signal)) ?? 'present';
  }

  async replace(key: RemoteKey, body: RemoteBody, sha256: string, etag: string, { signal }: RemoteCallOptions = {}) {
    return (await this.#put(key, body, sha256, { 'if-match': etag }, signal)) ?? 'lost';
  }

  close(): void {
    this.#transport.close();
  }

  /** Undefined where the condition does not hold. */
  async #put(
    key: RemoteKey,
    body: RemoteBody,
    sha256: string,
    condition: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<{ etag: string } | undefined> {
    if (!this.traits.writable) throw new RemoteError('REMOTE_DENIED', `${this.name} is open for reading only.`);
    const path = this.#path(key);
    if (!(body instanceof Uint8Array) && body.size > singleBytes)
      return uploadInParts(this.#session, { name: this.name, path, body, condition, signal });
    const answer = await this.#session.request({
      method: 'PUT',
      path,
      headers: { ...condition, 'content-type': 'application/octet-stream' },
      body,
      sha256,
      expected: [404, 409, 412],
      signal,
    });
    if (answer.status < 300) return finish(answer, this.name);
    await drain(answer.body);
    return undefined;
  }

  #path(key: RemoteKey): string {
    const [space, hash = ''] = key.split('/');
    const { prefix } = this.#address;
    // Engines partition by prefix, and each partition has a limit of its own: two digits let them split.
    return `${prefix === '' ? '' : `${prefix}/`}${layout}/${space}/${hash.slice(0, 2)}/${hash}`;
  }
}
