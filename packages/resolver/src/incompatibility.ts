// An incompatibility: terms that cannot all hold. Facts from outside (someone requires something, a version is yanked) are
// leaves; the solver derives others from two, and that pair is the proof from which a failure is explained.
import { none, type VersionSet } from './version-set.ts';

/** A distribution (`flask`), one extra of it (`flask[async]`), or the root. */
export type PackageKey = string;

export const root: PackageKey = '<root>';

/** A fact about packages, as the explanation needs it. */
export type Fact =
  | { readonly kind: 'requirement'; readonly source: string; readonly text: string; readonly target: PackageKey }
  | { readonly kind: 'dependency'; readonly from: PackageKey; readonly text: string; readonly target: PackageKey }
  | { readonly kind: 'constraint'; readonly source: string; readonly text: string; readonly target: PackageKey }
  | { readonly kind: 'unusable'; readonly target: PackageKey; readonly reason: string }
  /** An extra and its distribution have one version. */
  | { readonly kind: 'same-version'; readonly target: PackageKey };

export type Cause =
  | Fact
  | { readonly kind: 'derived'; readonly left: Incompatibility; readonly right: Incompatibility };

export interface Incompatibility {
  readonly terms: ReadonlyMap<PackageKey, VersionSet>;
  readonly cause: Cause;
}

/** The incompatibility of `terms`; undefined when one of them can never hold, so that it says nothing. */
export function incompatible(
  terms: Iterable<readonly [PackageKey, VersionSet]>,
  everything: (key: PackageKey) => VersionSet,
  cause: Cause,
): Incompatibility | undefined {
  const merged = new Map<PackageKey, VersionSet>();
  for (const [key, set] of terms) merged.set(key, set & (merged.get(key) ?? everything(key)));
  for (const [key, set] of merged) {
    if (set === none) return undefined;
    if (set === everything(key)) merged.delete(key);
  }
  return { terms: merged, cause };
}

/** What follows from both when `pivot` is taken out of them (the rule of resolution). */
export function derive(
  left: Incompatibility,
  right: Incompatibility,
  pivot: PackageKey,
  everything: (key: PackageKey) => VersionSet,
): Incompatibility {
  const terms = new Map(left.terms);
  for (const [key, set] of right.terms) {
    const other = terms.get(key);
    const combined = other === undefined ? set : key === pivot ? other | set : other & set;
    if (combined === everything(key)) terms.delete(key);
    else terms.set(key, combined);
  }
  return { terms, cause: { kind: 'derived', left, right } };
}

/** The facts that `failure` rests on, each once, in the order of the proof. */
export function factsOf(failure: Incompatibility): Incompatibility[] {
  const facts: Incompatibility[] = [];
  const seen = new Set<Incompatibility>();
  const open = [failure];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.cause.kind === 'derived') open.push(next.cause.right, next.cause.left);
    else facts.push(next);
  }
  return facts;
}
