// Opens the remote cache of a tool, reports its events, and adds up its statistics over all runs. A remote that cannot be
// opened is reported like one that cannot be reached.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isCodedError } from '@wheelwright/errors';
import {
  type OpenRemoteOptions,
  openRemote,
  openRemoteCache,
  overlayRemote,
  type RemoteCache,
  RemoteError,
  type RemoteEvent,
  type RemoteStats,
  type RemoteStore,
} from '@wheelwright/remote-store';
import type { Store } from '@wheelwright/store';
import { awsCredentials, awsRegion } from './aws-credentials.ts';
import type { OnEvent } from './events.ts';
import type { RemoteSettings } from './remote-settings.ts';

/**
 * Opens the remote of these settings, for reading or for what the mode allows.
 * @throws RemoteError REMOTE_MISCONFIGURED; WheelwrightError where a file of certificates cannot be read.
 */
export function openRemoteStore(settings: RemoteSettings, writable = settings.mode !== 'read'): RemoteStore {
  const { url, mode, aws, proxyUrl, certPath, untrustedId } = settings;
  const isS3 = url.startsWith('s3:');
  const options: OpenRemoteOptions = {
    writable,
    ...(isS3 ? { credentials: awsCredentials(aws), endpoint: aws.endpoint, region: awsRegion(aws) } : {}),
    proxyUrl,
    ca: certPath === undefined ? undefined : readCertificates(certPath),
  };
  if (mode !== 'write-untrusted') return openRemote(url, options);
  return overlayRemote(
    openRemote(url, { ...options, writable: false }),
    openRemote(below(url, `pr/${untrustedId}`), options),
  );
}

/**
 * Opens the cache on the remote of these settings. Unless the remote is `required`, a wrong setting is reported and the
 * result is undefined.
 * @throws RemoteError if the remote is required and cannot be used.
 */
export async function openToolRemote(
  settings: RemoteSettings,
  onEvent: OnEvent,
  signal: AbortSignal | undefined,
): Promise<RemoteCache | undefined> {
  try {
    const store = openRemoteStore(settings);
    // No object has this key; the answer shows whether the remote can be used.
    if (settings.required)
      await store.has(`probe/${createHash('sha256').update(String(Math.random())).digest('hex')}`, { signal });
    return openRemoteCache(store, {
      signingKey: settings.signingKey,
      trustedKeys: settings.trustedKeys,
      times: settings.waitMs === undefined ? {} : { waitMs: settings.waitMs },
      onEvent: (event) => tell(event, store.name, onEvent),
    });
  } catch (error) {
    if (settings.required || !isCodedError(error)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    onEvent({ event: 'remote-off', remote: '', what: 'all', code: error.code, text: error.message, ...hint });
    return undefined;
  }
}

/** Waits for running uploads, reports the remote's statistics, and adds them to those of earlier runs. */
export async function closeToolRemote(cache: RemoteCache, store: Store | undefined, onEvent: OnEvent): Promise<void> {
  const isDone = await cache.close();
  const { stats } = cache;
  if (!isDone)
    onEvent({ event: 'warning', text: `Some uploads to ${cache.name} did not finish in time and were cancelled.` });
  if (stats.hits + stats.misses + stats.stored + stats.waits === 0) return;
  onEvent({ event: 'remote-used', remote: cache.name, ...stats });
  store?.facts.write(factOf(cache.name), JSON.stringify(sum(readRemoteStats(store, cache.name), stats)));
}

/** The remote's statistics over all runs of this machine that the store has recorded. */
export function readRemoteStats(store: Store, name: string): Partial<RemoteStats> {
  try {
    return JSON.parse(store.facts.read(factOf(name)) ?? '{}') as Partial<RemoteStats>;
  } catch {
    return {};
  }
}

function factOf(name: string): string {
  return `remote-stats-${createHash('sha256').update(name).digest('hex')}`;
}

function sum(one: Partial<RemoteStats>, other: RemoteStats): RemoteStats {
  const entries = Object.entries(other).map(([key, value]) => {
    const before = one[key as keyof RemoteStats];
    return [key, value + (typeof before === 'number' ? before : 0)];
  });
  return Object.fromEntries(entries) as RemoteStats;
}

function tell(event: RemoteEvent, name: string, onEvent: OnEvent): void {
  if (event.type === 'remote-off') {
    const hint = event.hint === undefined ? {} : { hint: event.hint };
    onEvent({ event: 'remote-off', remote: name, what: event.what, code: event.code, text: event.message, ...hint });
  } else if (event.type === 'remote-altered')
    onEvent({ event: 'remote-altered', remote: name, key: event.key, text: event.message });
  else if (event.type === 'remote-waiting')
    onEvent({ event: 'waiting', path: `${name} lease/${event.key}`, holder: event.holder });
  else if (event.type === 'remote-takeover')
    onEvent({
      event: 'warning',
      text: `${event.holder} fell silent while it built ${event.key}; building here instead.`,
    });
}

/** The address with `segment` appended to its path. */
function below(address: string, segment: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${segment}`;
  return url.href;
}

function readCertificates(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    new X509Certificate(text); // Node passes over a file without one, and then every server would seem to be unknown
    return text;
  } catch (cause) {
    throw new RemoteError('REMOTE_MISCONFIGURED', `The certificates for the remote, ${file}, cannot be used.`, {
      cause,
    });
  }
}
