// Sets of the versions of one package as bits of a bigint. Bit 0 stands for "not chosen at all", bit n + 1 for candidate
// n: so a negation is a plain complement, and every question about sets is one operation on integers.
export type VersionSet = bigint;

export const none: VersionSet = 0n;
/** The package is not part of the solution. */
export const absent: VersionSet = 1n;

/** Everything that can be said of a package of `count` candidates: each of them, or none. */
export function everything(count: number): VersionSet {
  return (1n << BigInt(count + 1)) - 1n;
}

export function only(index: number): VersionSet {
  return 1n << BigInt(index + 1);
}

/** The candidates for which `matches` holds. */
export function setWhere(count: number, matches: (index: number) => boolean): VersionSet {
  let bits = '0';
  for (let index = 0; index < count; index += 1) bits = (matches(index) ? '1' : '0') + bits;
  return BigInt(`0b${bits}`);
}

export function includes(set: VersionSet, index: number): boolean {
  return (set & only(index)) !== none;
}

export function isSubset(inner: VersionSet, outer: VersionSet): boolean {
  return (inner & outer) === inner;
}

/** The indices of the candidates in `set`, lowest first; the first `most` of them. */
export function indices(set: VersionSet, most = Number.POSITIVE_INFINITY): number[] {
  const bits = set.toString(2);
  // The last bit stands for "not chosen".
  const last = bits.length - 2;
  const found: number[] = [];
  for (let at = last; at >= 0 && found.length < most; at -= 1) {
    at = bits.lastIndexOf('1', at);
    if (at !== -1) found.push(last - at);
  }
  return found;
}

/** The lowest index in `set`; undefined when no candidate is in it. */
export function firstIndex(set: VersionSet): number | undefined {
  const chosen = (set >> 1n) << 1n;
  return chosen === none ? undefined : (chosen & -chosen).toString(2).length - 2;
}
