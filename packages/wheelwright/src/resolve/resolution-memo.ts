// Caches the result of a resolution for as long as every index page that it read is fresh. Until then an equal request has
// an equal result, and no page or version is read again.
import { createHash } from 'node:crypto';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Store } from '@wheelwright/store';
import type { DistributionSource } from '../requirements/distribution-source.ts';
import { parseFact } from '../tool/parse-fact.ts';

/** One distribution of a resolution, with its source. */
export interface ResolvedPin {
  readonly name: NormalizedName;
  readonly version: string;
  readonly requested: boolean;
  readonly requiredBy: readonly string[];
  readonly source: DistributionSource;
}

/** Increase this number when a request may get another result: a change of the resolver, of the order of tags, of the key. */
const format = 3;
/** The longest lifetime of an entry. An entry that claims a longer one is ignored, since the clock may have been set back. */
const longestMs = 24 * 60 * 60 * 1000;

/** The key of a request: a hash of everything that the result depends on, except the pages. It reveals no secret. */
export function resolutionKey(question: unknown): string {
  return `resolution-${createHash('sha256')
    .update(JSON.stringify([format, question]))
    .digest('hex')}`;
}

/** A result, and until when it holds, in milliseconds since 1970. */
export interface RecalledResolution {
  readonly pins: readonly ResolvedPin[];
  readonly until: number;
}

/** The cached result, if it still holds. */
export function recallResolution(store: Store, key: string, now: number): RecalledResolution | undefined {
  const { kept, until, pins } = parseFact(store.facts.read(key));
  const holds = typeof kept === 'number' && typeof until === 'number' && kept <= now && now < until;
  return holds && Array.isArray(pins) ? { pins, until } : undefined;
}

/** Caches a result until `until` (milliseconds since 1970), unless it refers to a wheel that only this run knows. */
export function keepResolution(
  store: Store,
  key: string,
  pins: readonly ResolvedPin[],
  { now, until }: { readonly now: number; readonly until: number },
): void {
  if (until <= now || pins.some(({ source }) => source.from === 'store' || source.from === 'direct')) return;
  store.facts.write(key, JSON.stringify({ kept: now, until: Math.min(until, now + longestMs), pins }));
}

/**
 * Caches the result of the same command for the state after `pins` are installed: all of them stay. It depends on no page,
 * so it holds until the installed distributions change.
 */
export function keepSettled(store: Store, key: string, pins: readonly ResolvedPin[], now: number): void {
  const settled = pins.map((pin) => ({ ...pin, source: { from: 'installed' as const } }));
  store.facts.write(key, JSON.stringify({ kept: now, until: now + longestMs, pins: settled }));
}
