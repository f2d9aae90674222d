// Two remotes as one, for those whose writes others must not read: what the first has is read from it, and everything is
// written to the second, which is read where the first has nothing.
import type {
  RemoteBody,
  RemoteCallOptions,
  RemoteGetOptions,
  RemoteKey,
  RemoteObject,
  RemoteStore,
  RemoteTraits,
} from '../ports.ts';

/** Before the etag of an object of the first remote; no engine begins an etag so. */
const ofMain = 'main ';

class OverlayRemote implements RemoteStore {
  readonly name: string;
  readonly traits: RemoteTraits;
  readonly #main: RemoteStore;
  readonly #own: RemoteStore;

  constructor(main: RemoteStore, own: RemoteStore) {
    this.name = own.name;
    this.traits = own.traits;
    this.#main = main;
    this.#own = own;
  }

  async get(key: RemoteKey, options: RemoteGetOptions = {}): Promise<RemoteObject | 'absent' | 'same'> {
    if (isShared(key)) {
      const { etag, ...rest } = options;
      const known = etag?.startsWith(ofMain) === true ? { ...rest, etag: etag.slice(ofMain.length) } : rest;
      const found = await this.#main.get(key, known);
      if (found === 'same') return found;
      if (found !== 'absent') return { ...described(found), etag: ofMain + found.etag };
    }
    return this.#own.get(key, options);
  }

  async has(key: RemoteKey, options?: RemoteCallOptions) {
    const found = isShared(key) ? await this.#main.has(key, options) : undefined;
    if (found !== undefined) return { ...found, etag: ofMain + found.etag };
    return this.#own.has(key, options);
  }

  async putIfAbsent(key: RemoteKey, body: RemoteBody, sha256: string, options?: RemoteCallOptions) {
    return this.#own.putIfAbsent(key, body, sha256, options);
  }

  async replace(key: RemoteKey, body: RemoteBody, sha256: string, etag: string, options?: RemoteCallOptions) {
    if (!etag.startsWith(ofMain)) return this.#own.replace(key, body, sha256, etag, options);
    const written = await this.#own.putIfAbsent(key, body, sha256, options);
    return written === 'present' ? 'lost' : written;
  }

  close(): void {
    this.#main.close();
    this.#own.close();
  }
}

/**
 * `main`, which is only read, with `own` behind it, which is read and written. Leases are of `own` alone, so no machine
 * that `main` belongs to ever waits for one of `own`.
 */
export function overlayRemote(main: RemoteStore, own: RemoteStore): RemoteStore {
  return new OverlayRemote(main, own);
}

function isShared(key: RemoteKey): boolean {
  return !key.startsWith('lease/') && !key.startsWith('probe/');
}

function described({ body, size, ageMs }: RemoteObject): Omit<RemoteObject, 'etag'> {
  return { body, size, ageMs };
}
