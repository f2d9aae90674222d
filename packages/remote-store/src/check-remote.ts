// Whether a remote is fit: can it be read, written, do its conditions hold, does it keep what it is given. Says so in words
// for people; nothing here is needed before a remote is used.
import { createHash, randomBytes } from 'node:crypto';
import { isRemoteError } from './errors.ts';
import type { RemoteKey, RemoteStore } from './ports.ts';
import { probeConditions } from './remote-cache.ts';
import { readObject } from './transport/read-body.ts';

/** One thing that was tried. */
export interface RemoteCheck {
  /** The step: reading, writing, and whether conditions hold. */
  readonly what: 'read' | 'write' | 'read back' | 'conditions' | 'replace';
  /** Whether it went as it has to. */
  readonly isOk: boolean;
  /** What was found, in words. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** Tries a remote, in order, and ends at the first thing that fails. Writes small objects under `probe/`, which expire. */
export async function checkRemote(remote: RemoteStore, signal?: AbortSignal): Promise<readonly RemoteCheck[]> {
  const checks: RemoteCheck[] = [];
  const body = randomBytes(64);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key: RemoteKey = `probe/${sha256}`;
  let etag = '';
  const steps: Record<RemoteCheck['what'], () => Promise<string>> = {
    async read() {
      const found = await remote.get(key, { signal });
      if (typeof found !== 'string') found.body.destroy();
      return 'a key that is not there is absent';
    },
    async write() {
      const written = await remote.putIfAbsent(key, body, sha256, { signal });
      etag = written === 'present' ? '' : written.etag;
      return 'an object was stored';
    },
    async 'read back'() {
      const found = await remote.get(key, { signal });
      const bytes =
        typeof found === 'string' ? undefined : await readObject(found.body, 1024, { name: remote.name, signal });
      if (bytes?.equals(body) !== true) throw new Mismatch('what was stored does not come back as it was');
      return 'the object is what was stored';
    },
    async conditions() {
      if (!(await probeConditions(remote))) throw new Mismatch('a second write of one key was not refused');
      return 'a second write of one key is refused: machines can wait for each other';
    },
    async replace() {
      if ((await remote.replace(key, body, sha256, '"another"', { signal })) !== 'lost')
        throw new Mismatch('a write over another version was not refused');
      if ((await remote.replace(key, body, sha256, etag, { signal })) === 'lost')
        throw new Mismatch('a write over the very version that is there was refused');
      return 'a write over another version is refused, over the one that is there it is not';
    },
  };
  const wanted: RemoteCheck['what'][] = !remote.traits.writable
    ? ['read']
    : remote.traits.conditional === 'none'
      ? ['read', 'write', 'read back']
      : ['read', 'write', 'read back', 'conditions', 'replace'];
  for (const what of wanted) {
    try {
      checks.push({ what, isOk: true, detail: await steps[what]() });
    } catch (error) {
      if (!(error instanceof Mismatch) && !isRemoteError(error)) throw error;
      const hint = isRemoteError(error) ? error.hint : undefined;
      checks.push({ what, isOk: false, detail: error.message, hint });
      return checks;
    }
  }
  return checks;
}

class Mismatch extends Error {}
