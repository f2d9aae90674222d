// Markers joined and found: `and`, `or`, and the shortest marker that selects some of a list of environments. A lock for
// several targets uses it to say for which of them a package is.

import { PackagingError } from '../packaging-error.ts';
import { compareVersions, tryParseVersion } from '../versions/version.ts';
import type { Marker, MarkerComparison, MarkerEnvironment, MarkerOperator } from './marker.ts';
import { formatMarker } from './marker.ts';
import { evaluateMarker } from './marker-evaluate.ts';

type EnvironmentName = keyof MarkerEnvironment;

/** The names by which {@link selectingMarker} tells environments apart unless the caller names others; first named, first used. */
const usualNames: readonly EnvironmentName[] = [
  'sys_platform',
  'python_version',
  'platform_machine',
  'implementation_name',
  'python_full_version',
  'os_name',
  'platform_system',
  'platform_python_implementation',
];
const versionNames: readonly EnvironmentName[] = ['python_version', 'python_full_version', 'implementation_version'];
/** A conjunction of more comparisons is used only where no shorter one selects. */
const longestConjunction = 3;

/**
 * The marker that holds where all of `markers` hold; undefined stands for a marker that always holds, as in a requirement
 * without one. A marker that is given twice stands once.
 */
export function andMarkers(...markers: readonly (Marker | undefined)[]): Marker | undefined {
  const given = markers.filter((marker) => marker !== undefined);
  return given.length === 0 ? undefined : join('and', given);
}

/** The marker that holds where one of `markers` holds; undefined, which always holds, where one of them is undefined. */
export function orMarkers(...markers: readonly (Marker | undefined)[]): Marker | undefined {
  const given = markers.filter((marker) => marker !== undefined);
  return given.length < markers.length || given.length === 0 ? undefined : join('or', given);
}

/**
 * The shortest marker found that holds in every environment of `chosen` and in no other of `all`; undefined where `chosen`
 * is all of them, for then no marker is needed. It compares `names` only. What it decides elsewhere follows from the
 * comparisons that it uses: `python_version < "3.11"` holds for Pythons that are not in the list, too.
 *
 * Throws `PACKAGING_INVALID_MARKER` where `chosen` is empty, or where an environment of it has in all `names` the values of
 * one that is not chosen.
 */
export function selectingMarker(
  chosen: readonly MarkerEnvironment[],
  all: readonly MarkerEnvironment[],
  names: readonly EnvironmentName[] = usualNames,
): Marker | undefined {
  const others = all.filter((environment) => !chosen.includes(environment));
  if (chosen.length === 0) throw impossible('no environment is chosen');
  if (others.length === 0) return undefined;
  const literals = literalsFor([...chosen, ...others], names).map((marker) => ({
    marker,
    chosen: chosen.map((environment) => evaluateMarker(marker, environment)),
    others: others.map((environment) => evaluateMarker(marker, environment)),
  }));
  const conjunctions = conjunctionsOf(literals, longestConjunction);
  const terms: Marker[] = [];
  let open = chosen.map((_, index) => index);
  while (open.length > 0) {
    const best = widest(conjunctions, open) ?? exactly(chosen[open[0]!]!, others, names);
    terms.push(best.marker);
    open = open.filter((index) => !best.selects(index, chosen[index]!));
  }
  return join('or', terms);
}

/** The shortest marker found that decides as `marker` does in each of these environments; undefined where it always holds. */
export function simplifyMarker(
  marker: Marker,
  environments: readonly MarkerEnvironment[],
  names: readonly EnvironmentName[] = usualNames,
): Marker | undefined {
  const chosen = environments.filter((environment) => evaluateMarker(marker, environment, {}));
  const found = selectingMarker(chosen, environments, names);
  return found === undefined || formatMarker(found).length < formatMarker(marker).length ? found : marker;
}

interface Literal {
  readonly marker: Marker;
  /** Whether it holds, by the index of the chosen environment. */
  readonly chosen: readonly boolean[];
  readonly others: readonly boolean[];
}

interface Selection {
  readonly marker: Marker;
  selects(index: number, environment: MarkerEnvironment): boolean;
}

// Equality first, then the opposite, then an order for versions: where several are as good, the first one wins.
function literalsFor(all: readonly MarkerEnvironment[], names: readonly EnvironmentName[]): readonly Marker[] {
  return names.flatMap((name) => {
    const values = [...new Set(all.map((environment) => environment[name]))];
    if (values.length < 2) return [];
    const isOrdered = versionNames.includes(name) && values.every((value) => tryParseVersion(value));
    const ordered = isOrdered ? sortVersions(values).slice(1) : [];
    return [
      ...values.map((value) => comparison(name, '==', value)),
      ...ordered.map((value) => comparison(name, '>=', value)),
      ...ordered.map((value) => comparison(name, '<', value)),
      ...values.map((value) => comparison(name, '!=', value)),
    ];
  });
}

/** The conjunctions of up to `most` literals that hold in no other environment, shorter ones first. */
function conjunctionsOf(literals: readonly Literal[], most: number): readonly Literal[] {
  const found: Literal[] = [];
  let open = literals.map((literal, index) => ({ literal, index }));
  for (let length = 1; length <= most; length += 1) {
    const longer: typeof open = [];
    for (const { literal, index } of open) {
      if (!literal.chosen.includes(true)) continue;
      if (!literal.others.includes(true)) {
        found.push(literal);
        continue;
      }
      if (length === most) continue;
      for (let next = index + 1; next < literals.length; next += 1) {
        longer.push({ literal: both(literal, literals[next]!), index: next });
      }
    }
    open = longer;
  }
  return found;
}

function both(a: Literal, b: Literal): Literal {
  return {
    marker: join('and', [a.marker, b.marker]),
    chosen: a.chosen.map((holds, index) => holds && b.chosen[index]!),
    others: a.others.map((holds, index) => holds && b.others[index]!),
  };
}

function widest(conjunctions: readonly Literal[], open: readonly number[]): Selection | undefined {
  let best: { readonly literal: Literal; readonly count: number } | undefined;
  for (const literal of conjunctions) {
    const count = open.filter((index) => literal.chosen[index]).length;
    if (count > (best?.count ?? 0)) best = { literal, count };
  }
  return best && { marker: best.literal.marker, selects: (index) => best.literal.chosen[index]! };
}

/** All values of one environment, where no shorter conjunction tells it from the others. */
function exactly(
  environment: MarkerEnvironment,
  others: readonly MarkerEnvironment[],
  names: readonly EnvironmentName[],
): Selection {
  const telling = names.filter((name) => others.some((other) => other[name] !== environment[name]));
  const marker = join(
    'and',
    telling.map((name) => comparison(name, '==', environment[name])),
  );
  if (telling.length === 0 || others.some((other) => evaluateMarker(marker, other))) {
    throw impossible(`${names.join(', ')} are the same in an environment that is chosen and in one that is not`);
  }
  return { marker, selects: (_, candidate) => evaluateMarker(marker, candidate) };
}

function comparison(name: EnvironmentName, operator: MarkerOperator, text: string): MarkerComparison {
  return { kind: 'comparison', left: { kind: 'name', name }, operator, right: { kind: 'text', text } };
}

function join(kind: 'and' | 'or', markers: readonly Marker[]): Marker {
  const flat = markers.flatMap((marker) => (marker.kind === kind ? marker.operands : [marker]));
  const byText = new Map(flat.map((marker) => [formatMarker(marker), marker]));
  const operands = [...byText.values()];
  return operands.length === 1 ? operands[0]! : { kind, operands };
}

function sortVersions(texts: readonly string[]): readonly string[] {
  const parsed = texts.map((text) => ({ text, version: tryParseVersion(text)! }));
  return parsed.sort((a, b) => compareVersions(a.version, b.version)).map(({ text }) => text);
}

function impossible(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_MARKER', `No marker selects these environments: ${reason}.`);
}
