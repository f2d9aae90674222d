// What a change did, as people read it: a line for each distribution, and one sentence that sums them up.
import { compareVersions, tryParseVersion } from '@wheelwright/packaging';
import type { Output } from './output.ts';
import { duration } from './units.ts';

/** The parts of a change that the account shows. */
export interface Accounted {
  readonly installed: readonly { readonly name: string; readonly version: string }[];
  readonly upgraded: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly removed: readonly { readonly name: string; readonly version: string }[];
  /** Distributions among `installed` that were installed in the same version before. */
  readonly reinstalled?: readonly { readonly name: string }[];
  readonly generation?: number | undefined;
  /** How long the lock was waited for, in ms. */
  readonly waitedMs?: number;
}

/** Prints `+ name version` for what came, `-` for what went, `~` for what is another now or was installed again. */
export function printChange(output: Output, { installed, upgraded, removed, reinstalled = [] }: Accounted): void {
  const { added, changed, removed: gone } = output.style;
  const again = new Set(reinstalled.map(({ name }) => name));
  for (const { name, version } of installed)
    output.result(again.has(name) ? `${changed('~')} ${name} ${version}` : `${added('+')} ${name} ${version}`);
  for (const { name, from, to } of upgraded) output.result(`${changed('~')} ${name} ${from} -> ${to}`);
  for (const { name, version } of removed) output.result(`${gone('-')} ${name} ${version}`);
}

/** `Installed 3 packages, removed 1 in 0.9 s, generation 4 (3.1 s of it waiting for the lock)`. */
export function summarize(change: Accounted, ms: number): string {
  const { installed, upgraded, removed, reinstalled = [], generation, waitedMs = 0 } = change;
  const downgraded = upgraded.filter(({ from, to }) => isOlder(to, from)).length;
  const counts = [
    ['installed', installed.length - reinstalled.length],
    ['reinstalled', reinstalled.length],
    ['upgraded', upgraded.length - downgraded],
    ['downgraded', downgraded],
    ['removed', removed.length],
  ] as const;
  const parts = counts
    .filter(([, number]) => number > 0)
    .map(([verb, number], at) => `${verb} ${number}${at > 0 ? '' : number === 1 ? ' package' : ' packages'}`);
  const sentence = parts.join(', ');
  const where = generation === undefined ? '' : `, generation ${generation}`;
  const waited = waitedMs === 0 ? '' : ` (${duration(waitedMs)} of it waiting for the lock)`;
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)} in ${duration(ms)}${where}${waited}`;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [tryParseVersion(version), tryParseVersion(than)];
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0;
}
