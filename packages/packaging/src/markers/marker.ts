// Environment markers as values: `python_version < "3.12" and extra == "test"` becomes a tree, and a tree becomes text
// again (specification "Dependency specifiers"). Evaluation is in marker-evaluate.ts.

import { foldName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { unescapeMarkerString } from './marker-string.ts';

/** The facts about an interpreter that markers ask for, all texts (specification "Dependency specifiers", table of markers). */
export interface MarkerEnvironment {
  /** `os.name`: `posix`, `nt`. */
  readonly os_name: string;
  /** `sys.platform`: `linux`, `darwin`, `win32`. */
  readonly sys_platform: string;
  /** `platform.machine()`: `x86_64`, `arm64`, `AMD64`; empty where it is unknown. */
  readonly platform_machine: string;
  /** `platform.python_implementation()`: `CPython`, `PyPy`. */
  readonly platform_python_implementation: string;
  /** `platform.release()`: the release of the kernel or system, often no version. */
  readonly platform_release: string;
  /** `platform.system()`: `Linux`, `Darwin`, `Windows`. */
  readonly platform_system: string;
  /** `platform.version()`: the build of the kernel or system, any text. */
  readonly platform_version: string;
  /** The first two numbers of the Python version: `3.12`. */
  readonly python_version: string;
  /** `platform.python_version()`: `3.12.1`; a build between releases ends with `+`. */
  readonly python_full_version: string;
  /** `sys.implementation.name`: `cpython`, `pypy`. */
  readonly implementation_name: string;
  /** The version of the implementation: of CPython that of Python, of PyPy its own. */
  readonly implementation_version: string;
}

/** `extra` stands in metadata; the two in the plural in lock files only. */
export type MarkerName = keyof MarkerEnvironment | 'extra' | 'extras' | 'dependency_groups';
/** The operators of a comparison. `~=` and `===` compare versions only. */
export type MarkerOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | '===' | 'in' | 'not in';
/** One side of a comparison: a name to look up, or a text without its quotation marks. */
export type MarkerOperand =
  | { readonly kind: 'name'; readonly name: MarkerName }
  | { readonly kind: 'text'; readonly text: string };

/** A comparison, such as `python_version < "3.12"`. */
export interface MarkerComparison {
  /** Tells a comparison from a group. */
  readonly kind: 'comparison';
  /** The left side. */
  readonly left: MarkerOperand;
  /** How the sides are compared. */
  readonly operator: MarkerOperator;
  /** The right side. */
  readonly right: MarkerOperand;
}

/** Markers joined by `and` or by `or`. */
export interface MarkerGroup {
  /** How the operands are joined. */
  readonly kind: 'and' | 'or';
  /** Two or more markers, none of them a group of the same kind. */
  readonly operands: readonly Marker[];
}

/** A marker as a tree. Parentheses that change nothing leave no trace in it. */
export type Marker = MarkerComparison | MarkerGroup;

/** The marker that `text` spells; throws `PACKAGING_INVALID_MARKER`. */
export function parseMarker(text: string): Marker {
  const reader: Reader = { text, position: 0, depth: 0 };
  const marker = readMarker(reader);
  if (reader.position < text.length) throw invalid(reader, '"and", "or" or the end');
  return marker;
}

/** The marker as text that parses to an equal tree; strings in double quotes where they hold none. */
export function formatMarker(marker: Marker): string {
  if (marker.kind === 'comparison') {
    return `${formatOperand(marker.left)} ${marker.operator} ${formatOperand(marker.right)}`;
  }
  const operands = marker.operands.map((operand) =>
    operand.kind === 'or' && marker.kind === 'and' ? `(${formatMarker(operand)})` : formatMarker(operand),
  );
  return operands.join(` ${marker.kind} `);
}

interface Reader {
  readonly text: string;
  position: number;
  depth: number;
}

const names: ReadonlyMap<string, MarkerName> = new Map<string, MarkerName>([
  ...(
    [
      'os_name',
      'sys_platform',
      'platform_machine',
      'platform_python_implementation',
      'platform_release',
      'platform_system',
      'platform_version',
      'python_version',
      'python_full_version',
      'implementation_name',
      'implementation_version',
      'extra',
      'extras',
      'dependency_groups',
    ] as const
  ).map((name) => [name, name] as const),
  // Spellings from before the specification.
  ['os.name', 'os_name'],
  ['sys.platform', 'sys_platform'],
  ['platform.version', 'platform_version'],
  ['platform.machine', 'platform_machine'],
  ['platform.python_implementation', 'platform_python_implementation'],
  ['python_implementation', 'platform_python_implementation'],
]);
const deepest = 200;

// or binds looser than and: alternatives of conjunctions.
function readMarker(reader: Reader): Marker {
  const alternatives: Marker[] = [];
  do {
    const conjunction: Marker[] = [];
    do conjunction.push(readAtom(reader));
    while (readWord(reader, 'and'));
    alternatives.push(group('and', conjunction));
  } while (readWord(reader, 'or'));
  return group('or', alternatives);
}

function readAtom(reader: Reader): Marker {
  skipSpace(reader);
  if (reader.text[reader.position] !== '(') return readComparison(reader);
  reader.position += 1;
  reader.depth += 1;
  if (reader.depth > deepest) throw invalid(reader, `at most ${deepest} parentheses in each other`);
  const marker = readMarker(reader);
  if (reader.text[reader.position] !== ')') throw invalid(reader, '")"');
  reader.position += 1;
  reader.depth -= 1;
  skipSpace(reader);
  return marker;
}

function readComparison(reader: Reader): Marker {
  const left = readOperand(reader);
  const operator = readOperator(reader);
  const right = readOperand(reader);
  return { kind: 'comparison', left: foldExtra(left, right), operator, right: foldExtra(right, left) };
}

function readOperand(reader: Reader): MarkerOperand {
  skipSpace(reader);
  const quoted = match(reader, /'([^']*)'|"([^"]*)"/y);
  if (quoted) {
    const value = unescapeMarkerString(quoted[1] ?? quoted[2]!);
    if (value === undefined) throw invalid({ ...reader, position: quoted.index }, 'a string that Python can read');
    skipSpace(reader);
    return { kind: 'text', text: value };
  }
  const start = reader.position;
  const name = names.get(match(reader, /[A-Za-z_][A-Za-z0-9_.]*/y)?.[0] ?? '');
  if (!name) throw invalid({ ...reader, position: start }, 'the name of a marker or a string in quotes');
  skipSpace(reader);
  return { kind: 'name', name };
}

function readOperator(reader: Reader): MarkerOperator {
  const operator = match(reader, /===|==|~=|!=|<=|>=|<|>|in\b|not[ \t]+in\b/y)?.[0];
  if (!operator) throw invalid(reader, 'an operator such as ==, <, in or not in');
  return operator.startsWith('not') ? 'not in' : (operator as MarkerOperator);
}

function readWord(reader: Reader, word: 'and' | 'or'): boolean {
  return match(reader, word === 'and' ? /and\b/y : /or\b/y) !== null;
}

function match(reader: Reader, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = reader.position;
  const found = pattern.exec(reader.text);
  if (found) reader.position = pattern.lastIndex;
  return found;
}

function skipSpace(reader: Reader): void {
  while (reader.text[reader.position] === ' ' || reader.text[reader.position] === '\t') reader.position += 1;
}

// Parentheses that change nothing leave no trace, so that equal markers are equal trees.
function group(kind: 'and' | 'or', operands: readonly Marker[]): Marker {
  if (operands.length === 1) return operands[0]!;
  return { kind, operands: operands.flatMap((operand) => (operand.kind === kind ? operand.operands : [operand])) };
}

// What is compared with an extra or a group is a name, and names are compared in their normalized form.
function foldExtra(operand: MarkerOperand, other: MarkerOperand): MarkerOperand {
  if (operand.kind !== 'text' || other.kind !== 'name') return operand;
  const isName = other.name === 'extra' || other.name === 'extras' || other.name === 'dependency_groups';
  return isName ? { kind: 'text', text: foldName(operand.text) } : operand;
}

function formatOperand(operand: MarkerOperand): string {
  if (operand.kind === 'name') return operand.name;
  const mark = operand.text.includes('"') ? "'" : '"';
  if (operand.text.includes(mark)) throw new Error('bug: a string of a marker holds both kinds of quotation mark');
  return mark + operand.text + mark;
}

function invalid({ text, position }: Pick<Reader, 'text' | 'position'>, expected: string): PackagingError {
  const found = position < text.length ? quote(text.slice(position, position + 20)) : 'the end';
  return new PackagingError(
    'PACKAGING_INVALID_MARKER',
    `${quote(text)} is not a valid marker: expected ${expected} at character ${position + 1}, found ${found}.`,
    { data: { marker: text, position } },
  );
}
