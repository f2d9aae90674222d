// Which of a package's candidates fit a specifier, as a set. Candidates are sorted from the newest down, and the ordered
// comparisons hold for one end of such a list, so their edge is found by halving: a package with a thousand versions that
// a thousand others limit, each in its own way, costs a thousand times ten comparisons and not a million.
import { formatSpecifiers, type Specifier, type SpecifierSet, satisfies, type Version } from '@wheelwright/packaging';
import { none, setWhere, type VersionSet } from './version-set.ts';

/** Finds sets for one package; equal specifiers are worked out once. */
export class SpecifierSets {
  readonly #versions: readonly Version[];
  readonly #sorted: number;
  readonly #known = new Map<string, VersionSet>();
  /** The same by object: requirements of equal text share theirs. */
  readonly #seen = new Map<Specifier, VersionSet>();

  /** `versions` in the order of the candidates: the first `sorted` of them from the newest down, the rest in any order. */
  constructor(versions: readonly Version[], sorted: number) {
    this.#versions = versions;
    this.#sorted = sorted;
  }

  /** The candidates that fit; pre-releases count as any other version. */
  of(set: SpecifierSet): VersionSet {
    const all = (1n << BigInt(this.#versions.length + 1)) - 2n;
    return set.specifiers.reduce((left, specifier) => (left === none ? none : left & this.#one(specifier)), all);
  }

  #one(specifier: Specifier): VersionSet {
    const seen = this.#seen.get(specifier);
    if (seen !== undefined) return seen;
    const single = { specifiers: [specifier] };
    const key = formatSpecifiers(single);
    let found = this.#known.get(key);
    if (found === undefined) {
      found = this.#find(specifier, single);
      this.#known.set(key, found);
    }
    this.#seen.set(specifier, found);
    return found;
  }

  #find(specifier: Specifier, single: SpecifierSet): VersionSet {
    const { operator, wildcard, parsed } = specifier;
    const isPlain = !wildcard && parsed !== undefined && parsed.local === undefined;
    // What is neither older nor newer is equal, with any local part.
    if (operator === '==' && isPlain)
      return this.#one({ ...specifier, operator: '<=' }) & this.#one({ ...specifier, operator: '>=' });
    const fits = (index: number) => satisfies(this.#versions[index]!, single, { prereleases: true });
    if (operator === '>=' || operator === '>')
      return (
        bits(
          0,
          this.#edge((at) => !fits(at)),
        ) | this.#rest(fits)
      );
    if (operator === '<=' || operator === '<') return bits(this.#edge(fits), this.#sorted) | this.#rest(fits);
    return setWhere(this.#versions.length, fits);
  }

  /** The first sorted place from which on `isPast` holds. */
  #edge(isPast: (index: number) => boolean): number {
    let [low, high] = [0, this.#sorted];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isPast(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #rest(fits: (index: number) => boolean): VersionSet {
    if (this.#sorted === this.#versions.length) return none;
    return setWhere(this.#versions.length, (index) => index >= this.#sorted && fits(index));
  }
}

/** The candidates from `start` up to, and without, `end`. */
function bits(start: number, end: number): VersionSet {
  return (1n << BigInt(end + 1)) - (1n << BigInt(start + 1));
}
