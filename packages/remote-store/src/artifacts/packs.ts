// Packs: the small wheels of one set in one object, so that an installation of two hundred wheels asks forty times and not
// two hundred. A pack is an index and the contents behind it, each verified by its own hash: a pack that lies gives nothing.
import { createHash } from 'node:crypto';
import type { RemoteKey } from '../ports.ts';
import { readObject } from '../transport/read-body.ts';
import type { CacheContext } from './blobs.ts';

/** A content that goes into a pack. */
export interface PackedContent {
  /** In hex, and verified by who packs. */
  readonly sha256: string;
  /** All of it. */
  readonly bytes: Uint8Array;
}

/** What is smaller is worth packing: its request costs more than its bytes. */
export const packedBelow = 256 * 1024;

/** The largest size of a pack, in bytes. */
const packLimit = 64 * 1024 * 1024;

const magic = 'wheelwright pack 1\n';
const indexLimit = 1 << 20;

/** The key of the pack for the set of these hashes, in any order. */
export function packKey(hashes: readonly string[]): RemoteKey {
  const sorted = [...new Set(hashes)].sort();
  return `set/${createHash('sha256')
    .update(magic + sorted.join('\n'))
    .digest('hex')}`;
}

/** The object of a pack; contents that would make it too large are left out. */
export function formatPack(contents: readonly PackedContent[]): Buffer {
  let room = packLimit - indexLimit;
  const taken = contents.filter(({ bytes }) => {
    if (bytes.length > room) return false;
    room -= bytes.length;
    return true;
  });
  const index = JSON.stringify(taken.map(({ sha256, bytes }) => [sha256, bytes.length]));
  return Buffer.concat([Buffer.from(`${magic}${index}\n`), ...taken.map(({ bytes }) => bytes)]);
}

/** The contents of a pack that match its index; undefined if it is not a pack. */
export function readPack(
  object: Buffer,
): { readonly contents: ReadonlyMap<string, Buffer>; readonly wrong: number } | undefined {
  const end = object.subarray(0, magic.length + indexLimit).indexOf('\n', magic.length);
  if (end < 0 || object.subarray(0, magic.length).toString('latin1') !== magic) return undefined;
  const index = parseIndex(object.subarray(magic.length, end).toString('utf8'));
  if (index === undefined) return undefined;
  const contents = new Map<string, Buffer>();
  let [at, wrong] = [end + 1, 0];
  for (const [sha256, size] of index) {
    const bytes = object.subarray(at, at + size);
    at += size;
    if (bytes.length === size && createHash('sha256').update(bytes).digest('hex') === sha256)
      contents.set(sha256, bytes);
    else wrong += 1;
  }
  return { contents, wrong: wrong + (at === object.length ? 0 : 1) };
}

export class Packs {
  readonly #context: CacheContext;
  readonly #contents = new Map<string, Buffer>();
  readonly #altered = new Map<string, string>();

  constructor(context: CacheContext) {
    this.#context = context;
  }

  /** Brings the pack of a set into memory; gives how many contents of the set it holds. One request. */
  async fetch(hashes: readonly string[], signal?: AbortSignal): Promise<number> {
    const { remote, breaker, stats, onEvent } = this.#context;
    const key = packKey(hashes);
    const found = await breaker.run('read', async () => {
      const object = await remote.get(key, { signal });
      if (typeof object === 'string') return undefined;
      const bytes = await readObject(object.body, packLimit, { name: remote.name, signal });
      return { etag: object.etag, bytes };
    });
    if (found === undefined) return 0;
    const pack = found.bytes === undefined ? undefined : readPack(found.bytes);
    if (pack === undefined || pack.wrong > 0) {
      this.#altered.set(key, found.etag);
      stats.altered += 1;
      onEvent({
        type: 'remote-altered',
        remote: remote.name,
        key,
        message: `${remote.name} holds no sound pack under ${key}.`,
      });
    }
    const wanted = new Set(hashes);
    const held = [...(pack?.contents ?? [])].filter(([sha256]) => wanted.has(sha256));
    for (const [sha256, bytes] of held) this.#contents.set(sha256, bytes);
    return held.length;
  }

  /** A content that a fetched pack held, given once. */
  take(sha256: string): Buffer | undefined {
    const bytes = this.#contents.get(sha256);
    this.#contents.delete(sha256);
    return bytes;
  }

  /**
   * Writes the pack of a set, or over the one that was found wrong. True: it was written; false: one was there.
   * @throws RemoteError where the remote fails.
   */
  async store(hashes: readonly string[], contents: readonly PackedContent[], signal?: AbortSignal): Promise<boolean> {
    const { remote, stats, onEvent } = this.#context;
    const key = packKey(hashes);
    const body = formatPack(contents);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const wrong = this.#altered.get(key);
    const written =
      wrong === undefined
        ? await remote.putIfAbsent(key, body, sha256, { signal })
        : await remote.replace(key, body, sha256, wrong, { signal });
    if (written === 'present' || written === 'lost') return false;
    this.#altered.delete(key);
    stats.stored += 1;
    stats.sentBytes += body.length;
    onEvent({ type: 'remote-stored', key, size: body.length });
    return true;
  }
}

function parseIndex(text: string): readonly (readonly [sha256: string, size: number])[] | undefined {
  try {
    const index = JSON.parse(text) as unknown;
    const isEntry = (entry: unknown): entry is [string, number] =>
      Array.isArray(entry) &&
      /^[0-9a-f]{64}$/.test(String(entry[0])) &&
      Number.isSafeInteger(entry[1]) &&
      entry[1] >= 0 &&
      entry[1] <= packLimit;
    return Array.isArray(index) && index.every(isEntry) ? index : undefined;
  } catch {
    return undefined;
  }
}
