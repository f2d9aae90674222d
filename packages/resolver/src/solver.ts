// The search proper: PubGrub's unit propagation and conflict-driven learning over version sets. It knows no versions, no
// network and no policy: `search.ts` adds incompatibilities and decides which version to try, this tells what follows.
import { derive, type Incompatibility, type PackageKey, root } from './incompatibility.ts';
import { isSubset, none, type VersionSet } from './version-set.ts';

interface Assignment {
  readonly key: PackageKey;
  /** What this step alone says of the package. */
  readonly own: VersionSet;
  /** What all steps up to this one leave of it. */
  readonly left: VersionSet;
  readonly level: number;
  /** Why; undefined for a decision. */
  readonly cause: Incompatibility | undefined;
  readonly position: number;
}

/** One decision and what follows from it. */
interface Level {
  /** False after the decision was taken back. */
  lasts: boolean;
}

export class Solver {
  readonly #everything: (key: PackageKey) => VersionSet;
  readonly #onConflict: (affected: PackageKey, learned: Incompatibility) => void;
  /** Oldest first. */
  readonly #incompatibilities = new Map<PackageKey, Incompatibility[]>();
  readonly #steps: Assignment[] = [];
  readonly #stepsOf = new Map<PackageKey, Assignment[]>();
  readonly #left = new Map<PackageKey, VersionSet>();
  readonly #decided = new Set<PackageKey>();
  /** The level at which a term of an incompatibility was seen not to hold: nothing follows while that level lasts. */
  readonly #idle = new Map<Incompatibility, Level>();
  readonly #levels: Level[] = [{ lasts: true }];
  #level = 0;

  /** `onConflict` hears of each conflict: the package that loses versions by it, and what was learned. */
  constructor(
    everything: (key: PackageKey) => VersionSet,
    onConflict: (affected: PackageKey, learned: Incompatibility) => void,
  ) {
    this.#everything = everything;
    this.#onConflict = onConflict;
  }

  /** What is still possible for `key`. */
  left(key: PackageKey): VersionSet {
    return this.#left.get(key) ?? this.#everything(key);
  }

  /** Packages that must be in the solution and have no version yet; in order of first mention. */
  undecided(): PackageKey[] {
    return [...this.#stepsOf.keys()].filter((key) => !this.#decided.has(key) && (this.left(key) & 1n) === none);
  }

  /** Every package of which something is known. */
  known(): PackageKey[] {
    return [...this.#stepsOf.keys()];
  }

  isDecided(key: PackageKey): boolean {
    return this.#decided.has(key);
  }

  decided(): PackageKey[] {
    return [...this.#decided];
  }

  add(incompatibility: Incompatibility): void {
    for (const key of incompatibility.terms.keys()) {
      const known = this.#incompatibilities.get(key);
      if (known === undefined) this.#incompatibilities.set(key, [incompatibility]);
      else known.push(incompatibility);
    }
  }

  /** Takes out one that a stronger one replaces. What was derived from it stays true. */
  remove(incompatibility: Incompatibility): void {
    for (const key of incompatibility.terms.keys()) {
      const known = this.#incompatibilities.get(key) ?? [];
      const at = known.lastIndexOf(incompatibility);
      if (at !== -1) known.splice(at, 1);
    }
    this.#idle.delete(incompatibility);
  }

  /** Whether deciding on `set` for `key` would violate `incompatibility` at once. */
  forbids(incompatibility: Incompatibility, key: PackageKey, set: VersionSet): boolean {
    for (const [other, term] of incompatibility.terms) {
      if (!isSubset(other === key ? set : this.left(other), term)) return false;
    }
    return true;
  }

  decide(key: PackageKey, set: VersionSet): void {
    if (key !== root) {
      this.#level += 1;
      this.#levels.push({ lasts: true });
    }
    this.#decided.add(key);
    this.#assign(key, set, undefined);
  }

  /** Draws every conclusion after changes of `changed`; gives the incompatibility that proves that nothing is possible. */
  propagate(changed: readonly PackageKey[]): Incompatibility | undefined {
    let open = [...changed];
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      // Newest first: conclusions from conflicts cut deeper than the facts they came from.
      const known = this.#incompatibilities.get(key) ?? [];
      for (let at = known.length - 1; at >= 0; at -= 1) {
        const incompatibility = known[at]!;
        if (this.#idle.get(incompatibility)?.lasts) continue;
        const relation = this.#relate(incompatibility);
        if (relation === 'satisfied') {
          const learned = this.#learn(incompatibility);
          if (learned.failed) return learned.incompatibility;
          const next = this.#relate(learned.incompatibility);
          if (next === 'satisfied' || next === undefined) throw new Error('bug: a learned conflict must leave one way');
          this.#conclude(next, learned.incompatibility);
          this.#onConflict(next, learned.incompatibility);
          open = [next];
          break;
        }
        if (relation !== undefined) {
          this.#conclude(relation, incompatibility);
          if (!open.includes(relation)) open.push(relation);
        }
      }
    }
    return undefined;
  }

  /** `satisfied`: all terms hold; a key: all but that one hold, so that it must not; undefined: nothing follows. */
  #relate(incompatibility: Incompatibility): PackageKey | 'satisfied' | undefined {
    let undetermined: PackageKey | undefined;
    for (const [key, term] of incompatibility.terms) {
      const left = this.left(key);
      if (isSubset(left, term)) continue;
      if ((left & term) === none) {
        this.#idle.set(incompatibility, this.#levels[this.#level]!);
        return undefined;
      }
      if (undetermined !== undefined) return undefined;
      undetermined = key;
    }
    return undetermined ?? 'satisfied';
  }

  #conclude(key: PackageKey, cause: Incompatibility): void {
    this.#assign(key, this.#everything(key) & ~cause.terms.get(key)!, cause);
  }

  #assign(key: PackageKey, own: VersionSet, cause: Incompatibility | undefined): void {
    const left = this.left(key) & own;
    const step = { key, own, left, level: this.#level, cause, position: this.#steps.length };
    this.#steps.push(step);
    this.#left.set(key, left);
    const known = this.#stepsOf.get(key);
    if (known === undefined) this.#stepsOf.set(key, [step]);
    else known.push(step);
  }

  /** From a violated incompatibility to the decision at fault: learns why, and takes back what led there. */
  #learn(violated: Incompatibility): { failed: boolean; incompatibility: Incompatibility } {
    let current = violated;
    for (;;) {
      const keys = [...current.terms.keys()];
      if (keys.length === 0 || (keys.length === 1 && keys[0] === root))
        return { failed: true, incompatibility: current };
      const { satisfier, previousLevel } = this.#findSatisfier(current);
      if (satisfier.cause === undefined || previousLevel < satisfier.level) {
        this.#backtrack(previousLevel);
        if (current !== violated) this.add(current);
        return { failed: false, incompatibility: current };
      }
      current = derive(current, satisfier.cause, satisfier.key, this.#everything);
    }
  }

  /** The step that made `incompatibility` hold, and the level at which all its other conditions held already. */
  #findSatisfier(incompatibility: Incompatibility): { satisfier: Assignment; previousLevel: number } {
    let satisfier: Assignment | undefined;
    let previousLevel = 0;
    for (const [key, term] of incompatibility.terms) {
      const step = this.#firstStep(key, term);
      if (satisfier === undefined || step.position > satisfier.position) {
        previousLevel = Math.max(previousLevel, satisfier?.level ?? 0);
        satisfier = step;
      } else {
        previousLevel = Math.max(previousLevel, step.level);
      }
    }
    const { key, own, position } = satisfier!;
    const rest = incompatibility.terms.get(key)! | (this.#everything(key) & ~own);
    // Where the step alone does not make its term hold, earlier steps on the same package had a part in it.
    if (rest !== this.#everything(key)) {
      const earlier = this.#firstStep(key, rest);
      if (earlier.position < position) previousLevel = Math.max(previousLevel, earlier.level);
    }
    return { satisfier: satisfier!, previousLevel };
  }

  #firstStep(key: PackageKey, term: VersionSet): Assignment {
    // Each step leaves a subset of what the step before it left, so the first one is found by halving.
    const steps = this.#stepsOf.get(key) ?? [];
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isSubset(steps[middle]!.left, term)) high = middle;
      else low = middle + 1;
    }
    if (low === steps.length) throw new Error(`bug: no step satisfies the term for ${key}`);
    return steps[low]!;
  }

  /** Takes back the decision on `key`, and all that was decided after it; false where there is none. */
  undecide(key: PackageKey): boolean {
    const decision = this.#stepsOf.get(key)?.find(({ cause }) => cause === undefined);
    if (decision === undefined || decision.level === 0) return false;
    this.#backtrack(decision.level - 1);
    return true;
  }

  #backtrack(level: number): void {
    while ((this.#steps.at(-1)?.level ?? 0) > level) {
      const { key, cause } = this.#steps.pop()!;
      if (cause === undefined) this.#decided.delete(key);
      const known = this.#stepsOf.get(key)!;
      known.pop();
      if (known.length > 0) this.#left.set(key, known.at(-1)!.left);
      else {
        this.#stepsOf.delete(key);
        this.#left.delete(key);
      }
    }
    this.#level = level;
    for (const ended of this.#levels.splice(level + 1)) ended.lasts = false;
  }
}
