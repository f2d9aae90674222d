// What a candidate, or one extra of it, requires here: its metadata parsed and its markers decided once.
import { isCodedError } from '@wheelwright/errors';
import {
  evaluateMarker,
  type MarkerEnvironment,
  type NormalizedName,
  parseRequirement,
  type Requirement,
} from '@wheelwright/packaging';
import type { Candidate, PackageProvider } from './ports.ts';
import { pythonFits } from './python-fits.ts';

export type Dependencies =
  | { readonly kind: 'requirements'; readonly requirements: readonly Requirement[] }
  /** The candidate cannot be used at all. */
  | { readonly kind: 'unusable'; readonly reason: string };

export interface DependencyOptions {
  readonly provider: PackageProvider;
  readonly environment: MarkerEnvironment;
  readonly pythonVersion: string;
}

export class DependencyReader {
  readonly #options: DependencyOptions;
  readonly #parsed = new Map<Candidate, Promise<Dependencies>>();

  constructor(options: DependencyOptions) {
    this.#options = options;
  }

  async read(candidate: Candidate, extra: NormalizedName | undefined): Promise<Dependencies> {
    const all = await this.#parse(candidate);
    if (all.kind === 'unusable') return all;
    try {
      return { kind: 'requirements', requirements: all.requirements.filter((one) => this.#applies(one, extra)) };
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
    const { requiresDist, requiresPython } = await provider.requirements(candidate);
    if (requiresPython !== undefined && !pythonFits(requiresPython, pythonVersion)) {
      return { kind: 'unusable', reason: `requires Python ${requiresPython}` };
    }
    try {
      return { kind: 'requirements', requirements: requiresDist.map(parseRequirement) };
    } catch (error) {
      return unusable(error);
    }
  }

  /** Without extra: what is required anyway. With one: what comes with it in addition. */
  #applies({ marker }: Requirement, extra: NormalizedName | undefined): boolean {
    if (marker === undefined) return extra === undefined;
    const { environment } = this.#options;
    const anyway = evaluateMarker(marker, environment, []);
    return extra === undefined ? anyway : !anyway && evaluateMarker(marker, environment, [extra]);
  }
}

function unusable(error: unknown): Dependencies {
  if (!isCodedError(error)) throw error;
  return { kind: 'unusable', reason: `invalid metadata: ${error.message}` };
}
