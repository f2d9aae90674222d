// Asking ahead of need. From each candidate that will probably be chosen this follows what it requires to the candidates
// that will probably be chosen for that, so that the search finds most answers there already and a resolution takes about
// as long as its longest chain. It guesses, decides nothing, and swallows every failure: the search meets those itself.
import type { NormalizedName, Requirement } from '@wheelwright/packaging';
import type { Catalog } from './catalog.ts';
import type { DependencyReader } from './dependencies.ts';
import type { Candidate, PackageProvider } from './ports.ts';

export class Ahead {
  readonly #catalog: Catalog;
  readonly #reader: DependencyReader;
  readonly #provider: PackageProvider;
  readonly #followed = new Map<Candidate, Set<string>>();
  #isStopped = false;

  constructor(catalog: Catalog, reader: DependencyReader, provider: PackageProvider) {
    this.#catalog = catalog;
    this.#reader = reader;
    this.#provider = provider;
  }

  /** Nothing new is asked after this. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Asks for what `candidate` (with `extra`) requires, and so on from there. */
  follow(candidate: Candidate, extra: NormalizedName | undefined): void {
    const extras = this.#followed.get(candidate) ?? new Set();
    const key = extra ?? '';
    if (this.#isStopped || extras.has(key) || this.#provider.isCheap?.(candidate) === false) return;
    this.#followed.set(candidate, extras.add(key));
    this.#reader.read(candidate, extra).then(
      (dependencies) => {
        if (dependencies.kind === 'requirements') for (const one of dependencies.requirements) this.expect(one, false);
      },
      () => {},
    );
  }

  /** Asks for the metadata of `candidate` alone. */
  read(candidate: Candidate): void {
    if (this.#isStopped || this.#provider.isCheap?.(candidate) === false) return;
    this.#reader.read(candidate, undefined).catch(() => {});
  }

  /** Asks for the candidates of `requirement`, and follows the likely one. */
  expect(requirement: Requirement, isDirect: boolean): void {
    if (this.#isStopped || requirement.url !== undefined) return;
    this.#catalog.guess(requirement, isDirect).then(
      (candidate) => {
        if (candidate === undefined) return;
        for (const extra of [undefined, ...requirement.extras]) this.follow(candidate, extra);
      },
      () => {},
    );
  }
}
