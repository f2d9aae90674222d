// The warnings about one wheel: rules of the specification that it breaks and that pip and uv do not hold it to either.

const shown = 3;

/** Collects the warnings about one wheel, a sentence for each kind of fault. */
export class Oddities {
  readonly warnings: string[] = [];
  readonly #archive: string;

  constructor(archive: string) {
    this.#archive = archive;
  }

  /** Accepts a fault. `fault` ends a sentence that begins with the name of the wheel. */
  accept(fault: string): void {
    this.warnings.push(`${this.#archive} ${fault}.`);
  }

  /** Accepts a fault that `paths` share: one sentence for all of them, none where there are none. */
  acceptAll(paths: readonly string[], fault: (paths: string) => string): void {
    if (paths.length > 0) this.accept(fault(listed(paths)));
  }
}

/** `a, b, c and 2 more`. */
export function listed(paths: readonly string[]): string {
  const rest = paths.length - shown;
  const head = paths.slice(0, shown).join(', ');
  return rest > 0 ? `${head} and ${rest} more` : head;
}
