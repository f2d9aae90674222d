// The order in which packages are decided. Where nothing stands against it, that is the order in which they were first
// named: the roots as given, then what each requires. A package whose versions are refused again and again moves forward,
// and the package whose choice refuses them is decided right behind it, so that the search stops going in circles. uv
// (its `PubGrubPriorities`) found the thresholds; with the same order both tools come to the same versions.
import type { Incompatibility, PackageKey } from './incompatibility.ts';

/** So many conflicts move a package. */
const threshold = 5;

type Rank = 'early' | 'late';

export class Priorities {
  readonly #mentioned = new Map<PackageKey, number>();
  readonly #moved = new Map<PackageKey, { readonly rank: Rank; readonly at: number }>();
  readonly #affected = new Map<PackageKey, number>();
  readonly #culprits = new Map<PackageKey, number>();

  /** Notes that someone names `key`; the first time counts. */
  mention(key: PackageKey): void {
    if (!this.#mentioned.has(key)) this.#mentioned.set(key, this.#mentioned.size);
  }

  /** The key to decide first; `isForced` tells which keys have no choice left. */
  first(keys: Iterable<PackageKey>, isForced: (key: PackageKey) => boolean): PackageKey | undefined {
    let best: { key: PackageKey; group: number; at: number } | undefined;
    for (const key of keys) {
      const moved = this.#moved.get(key);
      const group = isForced(key) ? 0 : moved === undefined ? 3 : moved.rank === 'early' ? 1 : 2;
      const at = (group === 0 ? undefined : moved?.at) ?? this.#mentioned.get(key) ?? Number.MAX_SAFE_INTEGER;
      if (best === undefined || group < best.group || (group === best.group && at < best.at)) best = { key, group, at };
    }
    return best?.key;
  }

  /**
   * Counts a conflict in which `affected` lost a version to the other packages of `incompatibility`. Returns the packages
   * whose decision is now to be taken back, because they move behind `affected`.
   */
  conflict(affected: PackageKey, incompatibility: Incompatibility, root: PackageKey): PackageKey[] {
    const name = baseOf(affected);
    const culprits = [...incompatibility.terms.keys()].filter((key) => key !== root && baseOf(key) !== name);
    const isCounted = [...incompatibility.terms.keys()].some((key) => baseOf(key) !== name);
    if (isCounted && count(this.#affected, affected) === threshold) this.#move(affected, 'early');
    return culprits.filter((key) => count(this.#culprits, key) === threshold && this.#move(key, 'late'));
  }

  /** Whether that changed anything. A package that was moved forward stays there. */
  #move(key: PackageKey, rank: Rank): boolean {
    if (this.#moved.has(key)) return false;
    this.#moved.set(key, { rank, at: this.#moved.size });
    return true;
  }
}

function count(counts: Map<PackageKey, number>, key: PackageKey): number {
  const now = (counts.get(key) ?? 0) + 1;
  counts.set(key, now);
  return now;
}

function baseOf(key: PackageKey): string {
  const bracket = key.indexOf('[');
  return bracket === -1 ? key : key.slice(0, bracket);
}
