// What a candidate, or one extra of it, requires here. The versions of a package state the same few requirements, so each
// text is parsed, and its marker decided, once for all candidates.
import { isCodedError } from '@wheelwright/errors';
import {
  evaluateMarker,
  type Marker,
  type MarkerEnvironment,
  type NormalizedName,
  normalizeName,
  parseRequirement,
  type Requirement,
} from '@wheelwright/packaging';
import type { Candidate, PackageProvider } from './ports.ts';
import { describeUnfitPython, pythonFits } from './python-fits.ts';

export type Dependencies =
  | {
      readonly kind: 'requirements';
      readonly requirements: readonly Requirement[];
      /** The extras that the candidate has; undefined where it does not say. */
      readonly providesExtra: ReadonlySet<NormalizedName> | undefined;
    }
  /** The candidate cannot be used at all. */
  | { readonly kind: 'unusable'; readonly reason: string };

export interface DependencyOptions {
  readonly provider: PackageProvider;
  readonly environment: MarkerEnvironment;
  readonly pythonVersion: string;
  /** Each replaces every requirement on its name. */
  readonly overrides?: readonly Requirement[] | undefined;
}

export class DependencyReader {
  readonly #options: DependencyOptions;
  readonly #parsed = new Map<Candidate, Promise<Dependencies>>();
  readonly #overrides = new Map<NormalizedName, Requirement[]>();
  readonly #requirements = new Map<string, Requirement>();
  /** For each requirement with a marker, whether it applies without extra (under `''`) or with one. */
  readonly #applying = new Map<Requirement, Map<string, boolean>>();

  constructor(options: DependencyOptions) {
    this.#options = options;
    for (const one of options.overrides ?? []) {
      this.#overrides.set(one.normalizedName, [...(this.#overrides.get(one.normalizedName) ?? []), one]);
    }
  }

  /** `requirements` with the overridden ones replaced by the overrides that apply to the target. */
  override(requirements: readonly Requirement[]): readonly Requirement[] {
    if (this.#overrides.size === 0) return requirements;
    return requirements.flatMap((one) => {
      const overrides = this.#overrides.get(one.normalizedName);
      return overrides === undefined ? [one] : overrides.filter((other) => this.#applies(other, undefined));
    });
  }

  async read(candidate: Candidate, extra: NormalizedName | undefined): Promise<Dependencies> {
    const all = await this.#parse(candidate);
    if (all.kind === 'unusable') return all;
    try {
      const applying = all.requirements.filter((one) => this.#applies(one, extra));
      return { ...all, requirements: this.override(applying) };
    } catch (error) {
      return unusable(error);
    }
  }

  #parse(candidate: Candidate): Promise<Dependencies> {
    let parsed = this.#parsed.get(candidate);
    if (parsed === undefined) {
      parsed = this.#readAll(candidate);
      this.#parsed.set(candidate, parsed);
    }
    return parsed;
  }

  async #readAll(candidate: Candidate): Promise<Dependencies> {
    const { provider, pythonVersion } = this.#options;
    const answer = await provider.requirements(candidate);
    if ('unusable' in answer) return { kind: 'unusable', reason: answer.unusable };
    const { requiresDist, requiresPython, providesExtra } = answer;
    if (requiresPython !== undefined && !pythonFits(requiresPython, pythonVersion)) {
      return { kind: 'unusable', reason: describeUnfitPython(requiresPython, pythonVersion) };
    }
    try {
      const requirements = requiresDist.map((text) => this.#requirement(text));
      return {
        kind: 'requirements',
        requirements,
        providesExtra: providesExtra && new Set(providesExtra.map(normalizeName)),
      };
    } catch (error) {
      return unusable(error);
    }
  }

  #requirement(text: string): Requirement {
    let requirement = this.#requirements.get(text);
    if (requirement === undefined) {
      requirement = parseRequirement(text);
      this.#requirements.set(text, requirement);
    }
    return requirement;
  }

  #applies(requirement: Requirement, extra: NormalizedName | undefined): boolean {
    if (requirement.marker === undefined) return extra === undefined;
    const answers = this.#applying.get(requirement) ?? new Map<string, boolean>();
    this.#applying.set(requirement, answers);
    let applies = answers.get(extra ?? '');
    if (applies === undefined) {
      applies = this.#decide(requirement.marker, extra);
      answers.set(extra ?? '', applies);
    }
    return applies;
  }

  /** Without extra: what is required anyway. With one: what comes with it in addition. */
  #decide(marker: Marker, extra: NormalizedName | undefined): boolean {
    const { environment } = this.#options;
    const anyway = evaluateMarker(marker, environment, []);
    return extra === undefined ? anyway : !anyway && evaluateMarker(marker, environment, [extra]);
  }
}

function unusable(error: unknown): Dependencies {
  if (!isCodedError(error)) throw error;
  return { kind: 'unusable', reason: `invalid metadata: ${error.message}` };
}
