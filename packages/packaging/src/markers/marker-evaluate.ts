// Decides a marker for one environment. Where the marker's name is one of a version and the other side completes a version
// specifier, the specifier decides, and a value that is not a version meets only `===`. Any other two values are compared
// as strings (specification "Dependency specifiers", "Environment Markers").

import { foldName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { parseSpecifier, type SpecifierSet, satisfies } from '../versions/specifier.ts';
import type {
  Marker,
  MarkerComparison,
  MarkerEnvironment,
  MarkerName,
  MarkerOperand,
  MarkerOperator,
} from './marker.ts';
import { formatMarker } from './marker.ts';

/**
 * What a marker may ask for beside the environment. A name that is not given is undefined for the marker, so `{}` is for
 * markers outside of metadata and of lock files.
 */
export interface MarkerSelection {
  /** The set `extras` of a lock file's markers: the extras chosen to be installed. */
  readonly extras?: readonly string[] | undefined;
  /** The set `dependency_groups` of a lock file's markers: the groups chosen to be installed. */
  readonly dependencyGroups?: readonly string[] | undefined;
  /** The chosen extras as one set for `extra`: `==` holds for a member, `!=` for a name that is none. */
  readonly extra?: readonly string[] | undefined;
}

const versionNames: readonly MarkerName[] = [
  'implementation_version',
  'platform_release',
  'python_full_version',
  'python_version',
];

/**
 * Whether `marker` holds. With a list of extras it holds if it does for one of them as `extra`, or for none (`''`) where
 * the list is empty: so a requirement of metadata is asked. A {@link MarkerSelection} is for a lock file's markers, which
 * have `extras` and `dependency_groups`. Throws `PACKAGING_UNDEFINED_MARKER_NAME` where a value is not given, and
 * `PACKAGING_INVALID_MARKER` for a comparison that has no meaning.
 */
export function evaluateMarker(
  marker: Marker,
  environment: MarkerEnvironment,
  extras: readonly string[] | MarkerSelection = [],
): boolean {
  if (!isList(extras)) {
    return holds(marker, { ...environment, ...setsOf(extras) });
  }
  const asked = extras.length === 0 ? [''] : extras.map(foldName);
  return asked.some((extra) => holds(marker, { ...environment, extra }));
}

type Value = string | ReadonlySet<string>;
type Values = Readonly<Partial<Record<MarkerName, Value>>>;

function setsOf({ extras, dependencyGroups, extra }: MarkerSelection): Values {
  const fold = (names: readonly string[]) => new Set(names.map(foldName));
  return {
    ...(extras && { extras: fold(extras) }),
    ...(dependencyGroups && { dependency_groups: fold(dependencyGroups) }),
    ...(extra && { extra: extra.length === 0 ? '' : fold(extra) }),
  };
}

function holds(marker: Marker, values: Values): boolean {
  if (marker.kind === 'comparison') return compare(marker, values);
  const decide = (operand: Marker) => holds(operand, values);
  return marker.kind === 'and' ? marker.operands.every(decide) : marker.operands.some(decide);
}

function compare(comparison: MarkerComparison, values: Values): boolean {
  const left = lookUp(comparison.left, values);
  const right = lookUp(comparison.right, values);
  if (isExtra(comparison) && (typeof left !== 'string' || typeof right !== 'string')) {
    return compareExtra(comparison, left, right);
  }
  if (typeof left !== 'string') throw meaningless(comparison);
  if (typeof right !== 'string') {
    if (comparison.operator === 'in') return right.has(left);
    if (comparison.operator === 'not in') return !right.has(left);
    throw meaningless(comparison);
  }
  return compareAsVersions(comparison, left, right) ?? compareAsStrings(comparison, left, right);
}

function isExtra({ left, right }: MarkerComparison): boolean {
  return [left, right].some((operand) => operand.kind === 'name' && operand.name === 'extra');
}

function compareExtra(comparison: MarkerComparison, left: Value, right: Value): boolean {
  const [names, name] = typeof left === 'string' ? [right, left] : [left, right];
  if (typeof names === 'string' || typeof name !== 'string') throw meaningless(comparison);
  if (comparison.operator === '==') return names.has(name);
  if (comparison.operator === '!=') return !names.has(name);
  throw meaningless(comparison);
}

function compareAsVersions(
  { left, operator, right }: MarkerComparison,
  leftValue: string,
  rightValue: string,
): boolean | undefined {
  if (operator === 'in' || operator === 'not in') return undefined;
  const name = left.kind === 'name' ? left.name : right.kind === 'name' ? right.name : undefined;
  if (name === undefined || !versionNames.includes(name)) return undefined;
  const specifiers = tryParseSpecifier(operator + rightValue);
  return specifiers && satisfies(leftValue, specifiers, { prereleases: true });
}

// Strings have no order here: `<` and `>` never hold, `<=` and `>=` hold for equal ones.
function compareAsStrings(comparison: MarkerComparison, left: string, right: string): boolean {
  const results: Partial<Record<MarkerOperator, boolean>> = {
    '==': left === right,
    '<=': left === right,
    '>=': left === right,
    '!=': left !== right,
    '<': false,
    '>': false,
    in: right.includes(left),
    'not in': !right.includes(left),
  };
  const result = results[comparison.operator];
  if (result === undefined) throw meaningless(comparison);
  return result;
}

function lookUp(operand: MarkerOperand, values: Values): Value {
  if (operand.kind === 'text') return operand.text;
  const value = values[operand.name];
  if (value === undefined) {
    throw new PackagingError(
      'PACKAGING_UNDEFINED_MARKER_NAME',
      `The marker asks for ${operand.name}, which is not known here.`,
      {
        hint: 'extras and dependency_groups stand in lock files only, extra in requirements only.',
        data: { name: operand.name },
      },
    );
  }
  // An interpreter built between releases says "3.13.0+", which is no version until something follows.
  return operand.name === 'python_full_version' && typeof value === 'string' && value.endsWith('+')
    ? `${value}local`
    : value;
}

const knownSpecifiers = new Map<string, SpecifierSet | undefined>();

// Markers repeat the same few comparisons thousands of times.
function tryParseSpecifier(text: string): SpecifierSet | undefined {
  if (knownSpecifiers.has(text)) return knownSpecifiers.get(text);
  if (knownSpecifiers.size >= 1000) knownSpecifiers.clear();
  let specifiers: SpecifierSet | undefined;
  try {
    specifiers = { specifiers: [parseSpecifier(text.trim())] };
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
  }
  knownSpecifiers.set(text, specifiers);
  return specifiers;
}

function meaningless(comparison: MarkerComparison): PackagingError {
  const text = formatMarker(comparison);
  return new PackagingError(
    'PACKAGING_INVALID_MARKER',
    `The comparison ${quote(text)} has no meaning for these values.`,
    {
      data: { marker: text },
    },
  );
}

function isList(extras: readonly string[] | MarkerSelection): extras is readonly string[] {
  return Array.isArray(extras);
}
