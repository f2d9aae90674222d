// A remote whose failed calls are timed, so that every wait for a remote that gives nothing comes out of one budget,
// whichever step of the work waited.
import { isRemoteError } from '../errors.ts';
import type { Clock, RemoteStore } from '../ports.ts';
import type { Breaker } from './breaker.ts';

/** `remote`, whose failed calls are reported to `breaker` with the time that they took. */
export function meteredRemote(remote: RemoteStore, breaker: Breaker, clock: Clock): RemoteStore {
  const timed = async <T>(call: () => Promise<T>): Promise<T> => {
    const sinceMs = clock.now();
    try {
      return await call();
    } catch (error) {
      if (isRemoteError(error)) breaker.lose(sinceMs, error);
      throw error;
    }
  };
  return {
    name: remote.name,
    traits: remote.traits,
    get: (...call) => timed(() => remote.get(...call)),
    has: (...call) => timed(() => remote.has(...call)),
    putIfAbsent: (...call) => timed(() => remote.putIfAbsent(...call)),
    replace: (...call) => timed(() => remote.replace(...call)),
    close: () => remote.close(),
  };
}
