// What a resolution came to, for as long as every page that it read may be taken as it is: until then the same question
// has the same answer, and neither a page nor a version is looked at again.
import { createHash } from 'node:crypto';
import type { NormalizedName } from '@wheelwright/packaging';
import type { Store } from '@wheelwright/store';
import { parseFact } from '../tool/parse-fact.ts';
import type { DistributionSource } from './distribution-source.ts';

/** One distribution of a resolution, with where its wheel is. */
export interface ResolvedPin {
  readonly name: NormalizedName;
  readonly version: string;
  readonly requested: boolean;
  readonly requiredBy: readonly string[];
  readonly source: DistributionSource;
}

/** Raised with whatever changes what a question is answered: the resolver, the order of tags, what a key is made of. */
const format = 3;
/** The clock may be set back: what was kept for longer than an index may ask for is not believed. */
const longestMs = 24 * 60 * 60 * 1000;

/** The key of a question: everything that its answer depends on but the pages. No secret can be read out of it. */
export function resolutionKey(question: unknown): string {
  return `resolution-${createHash('sha256')
    .update(JSON.stringify([format, question]))
    .digest('hex')}`;
}

/** An answer, and until when it holds in milliseconds since 1970. */
export interface RecalledResolution {
  readonly pins: readonly ResolvedPin[];
  readonly until: number;
}

/** The answer, while it holds. */
export function recallResolution(store: Store, key: string, now: number): RecalledResolution | undefined {
  const { kept, until, pins } = parseFact(store.facts.read(key));
  const holds = typeof kept === 'number' && typeof until === 'number' && kept <= now && now < until;
  return holds && Array.isArray(pins) ? { pins, until } : undefined;
}

/** Keeps an answer that holds `until` then (milliseconds since 1970), unless a wheel in it is known to this run alone. */
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
 * Keeps the answer to the question that the same command asks once `pins` are installed: all of them stay. It depends on
 * no page, so it holds for as long as what is installed does.
 */
export function keepSettled(store: Store, key: string, pins: readonly ResolvedPin[], now: number): void {
  const settled = pins.map((pin) => ({ ...pin, source: { from: 'installed' as const } }));
  store.facts.write(key, JSON.stringify({ kept: now, until: now + longestMs, pins: settled }));
}
