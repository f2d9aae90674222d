// The port in memory, for models: every call has its effect at one moment, and a machine of a model can die before or after
// it, or lose its answer.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { RemoteBody, RemoteGetOptions, RemoteKey, RemoteObject, RemoteStore } from '../src/index.ts';
import { RemoteError } from '../src/index.ts';

export interface MemoryObject {
  readonly data: Buffer;
  readonly etag: string;
}

/** What the machines of a model share. */
export class MemoryRemote implements RemoteStore {
  readonly name = 'memory:';
  readonly traits = { conditional: 'atomic', writable: true, bodyHash: true } as const;
  readonly objects = new Map<RemoteKey, MemoryObject>();
  #written = 0;

  async get(key: RemoteKey, { etag, range, signal }: RemoteGetOptions = {}): Promise<RemoteObject | 'absent' | 'same'> {
    signal?.throwIfAborted();
    const found = this.objects.get(key);
    if (found === undefined) return 'absent';
    if (found.etag === etag) return 'same';
    const data = range === undefined ? found.data : found.data.subarray(range[0], range[1] + 1);
    return { body: Readable.from([data]), size: data.length, etag: found.etag, ageMs: undefined };
  }

  async has(key: RemoteKey) {
    const found = this.objects.get(key);
    return found === undefined ? undefined : { size: found.data.length, etag: found.etag };
  }

  async putIfAbsent(key: RemoteKey, body: RemoteBody, sha256: string) {
    const data = await bytesOf(body, sha256);
    return this.objects.has(key) ? 'present' : this.#write(key, data);
  }

  async replace(key: RemoteKey, body: RemoteBody, sha256: string, etag: string) {
    const data = await bytesOf(body, sha256);
    return this.objects.get(key)?.etag === etag ? this.#write(key, data) : 'lost';
  }

  close(): void {}

  #write(key: RemoteKey, data: Buffer): { etag: string } {
    this.#written += 1;
    const etag = `"${this.#written}"`;
    this.objects.set(key, { data, etag });
    return { etag };
  }
}

async function bytesOf(body: RemoteBody, sha256: string): Promise<Buffer> {
  const data = body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(body.size);
  if (!(body instanceof Uint8Array)) await body.file.read(data, 0, body.size, 0);
  if (createHash('sha256').update(data).digest('hex') === sha256) return data;
  throw new RemoteError('REMOTE_ALTERED', 'other bytes than were announced');
}
