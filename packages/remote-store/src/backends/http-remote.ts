// The port on an HTTP cache as Bazel's: `<base>/cas/<sha256>` and `<base>/ac/<key>` by GET, HEAD and PUT. Such caches ignore
// conditions, so there is no lease and no single flight: whichever write comes last stays, and every read is verified.
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
import { withRetries } from '../transport/retries.ts';
import type { ExchangeAnswer, ExchangeRequest, Transport } from '../transport/transport.ts';
import type { HttpAddress } from './addresses.ts';
import { ageOf, announcedSize, failureOf, readStatedError } from './answers.ts';

export class HttpRemote implements RemoteStore {
  readonly name: string;
  readonly traits: RemoteTraits;
  readonly #address: HttpAddress;
  readonly #transport: Transport;
  readonly #clock: Clock;

  constructor(address: HttpAddress, transport: Transport, clock: Clock, writable: boolean) {
    this.name = address.name;
    this.traits = { conditional: 'none', writable, bodyHash: false };
    this.#address = address;
    this.#transport = transport;
    this.#clock = clock;
  }

  async get(key: RemoteKey, options: RemoteGetOptions = {}): Promise<RemoteObject | 'absent' | 'same'> {
    const { etag, range, signal } = options;
    const answer = await this.#request(key, 'GET', [304, 404, 410], {
      headers: {
        ...(etag === undefined || etag === '' ? {} : { 'if-none-match': etag }),
        ...(range === undefined ? {} : { range: `bytes=${range[0]}-${range[1]}` }),
      },
      signal,
    });
    if (answer.status >= 300) {
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
    const answer = await this.#request(key, 'HEAD', [404, 410], { signal });
    await drain(answer.body);
    if (answer.status >= 300) return undefined;
    return { size: announcedSize(answer.headers), etag: answer.headers.etag ?? '' };
  }

  async putIfAbsent(key: RemoteKey, body: RemoteBody, _sha256: string, options: RemoteCallOptions = {}) {
    if ((await this.has(key, options)) !== undefined) return 'present';
    return this.#put(key, body, options);
  }

  async replace(key: RemoteKey, body: RemoteBody, _sha256: string, _etag: string, options: RemoteCallOptions = {}) {
    return this.#put(key, body, options);
  }

  close(): void {
    this.#transport.close();
  }

  async #put(key: RemoteKey, body: RemoteBody, { signal }: RemoteCallOptions): Promise<{ etag: string }> {
    if (!this.traits.writable) throw new RemoteError('REMOTE_DENIED', `${this.name} is open for reading only.`);
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await this.#request(key, 'PUT', [], { headers, body, signal });
    await drain(answer.body);
    return { etag: answer.headers.etag ?? '' };
  }

  #request(
    key: RemoteKey,
    method: ExchangeRequest['method'],
    expected: readonly number[],
    { headers = {}, body, signal }: Partial<Pick<ExchangeRequest, 'headers' | 'body' | 'signal'>>,
  ): Promise<ExchangeAnswer> {
    const { base, authorization } = this.#address;
    const [space, hash = ''] = key.split('/');
    const url = new URL(`${space === 'cas' ? 'cas' : 'ac'}/${hash}`, base);
    const all = { ...headers, host: url.host, ...(authorization === undefined ? {} : { authorization }) };
    const attempt = async () => {
      const answer = await this.#transport.send({ method, url, headers: all, body, signal });
      if (answer.status < 300 || expected.includes(answer.status)) return answer;
      throw failureOf(answer, await readStatedError(answer), this.name);
    };
    return withRetries(attempt, this.#clock, signal);
  }
}
