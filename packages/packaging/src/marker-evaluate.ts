// Deciding a marker for one environment. Values that are versions are compared as versions where both sides are one, and
// as strings otherwise, as `packaging` does it.

import type {
  Marker,
  MarkerComparison,
  MarkerEnvironment,
  MarkerName,
  MarkerOperand,
  MarkerOperator,
} from './marker.ts';
import { formatMarker } from './marker.ts';
import { foldName } from './name.ts';
import { PackagingError, quote } from './packaging-error.ts';
import { parseSpecifiers, type SpecifierSet, satisfies } from './specifier.ts';
import { tryParseVersion } from './version.ts';

/** What a lock file's markers ask for beside the environment: the extras and groups chosen to be installed. */
export interface MarkerSelection {
  readonly extras: readonly string[];
  readonly dependencyGroups: readonly string[];
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
    const sets = {
      extras: new Set(extras.extras.map(foldName)),
      dependency_groups: new Set(extras.dependencyGroups.map(foldName)),
    };
    return holds(marker, { ...environment, ...sets });
  }
  const asked = extras.length === 0 ? [''] : extras.map(foldName);
  return asked.some((extra) => holds(marker, { ...environment, extra }));
}

type Value = string | ReadonlySet<string>;
type Values = Readonly<Partial<Record<MarkerName, Value>>>;

function holds(marker: Marker, values: Values): boolean {
  if (marker.kind === 'comparison') return compare(marker, values);
  const decide = (operand: Marker) => holds(operand, values);
  return marker.kind === 'and' ? marker.operands.every(decide) : marker.operands.some(decide);
}

function compare(comparison: MarkerComparison, values: Values): boolean {
  const left = lookUp(comparison.left, values);
  const right = lookUp(comparison.right, values);
  if (typeof left !== 'string') throw meaningless(comparison);
  if (typeof right !== 'string') {
    if (comparison.operator === 'in') return right.has(left);
    if (comparison.operator === 'not in') return !right.has(left);
    throw meaningless(comparison);
  }
  return compareAsVersions(comparison, left, right) ?? compareAsStrings(comparison, left, right);
}

function compareAsVersions(
  { left, operator, right }: MarkerComparison,
  leftValue: string,
  rightValue: string,
): boolean | undefined {
  if (operator === 'in' || operator === 'not in') return undefined;
  const name = left.kind === 'name' ? left.name : right.kind === 'name' ? right.name : undefined;
  if (name === undefined || !versionNames.includes(name)) return undefined;
  // Arbitrary equality is one of texts by its definition.
  if (operator === '===' && !/[\s;)]/.test(rightValue)) return leftValue.toLowerCase() === rightValue.toLowerCase();
  const version = tryParseVersion(leftValue);
  const specifiers = tryParseSpecifier(operator + rightValue);
  return version && specifiers && satisfies(version, specifiers, { prereleases: true });
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
  if (text.includes(',')) return undefined;
  if (knownSpecifiers.has(text)) return knownSpecifiers.get(text);
  if (knownSpecifiers.size >= 1000) knownSpecifiers.clear();
  let specifiers: SpecifierSet | undefined;
  try {
    specifiers = parseSpecifiers(text);
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
