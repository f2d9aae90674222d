// A document as TOML text, laid out for line by line comparison: the keys of the document first, then each list of tables
// as `[[key]]`, then each table as `[key]`. Values below that are inline (TOML 1.0.0).

/** The text of a document of strings, numbers, booleans, dates, lists and tables; throws for any other value. */
export function formatToml(document: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(document);
  const values = entries.filter(([, value]) => !isTable(value) && !isListOfTables(value));
  const lists = entries.filter(([, value]) => isListOfTables(value));
  const tables = entries.filter(([, value]) => isTable(value));
  const blocks = [
    keyLines(Object.fromEntries(values)),
    ...lists.flatMap(([key, list]) =>
      (list as readonly Table[]).map((table) => `[[${formatKey(key)}]]\n${keyLines(table)}`),
    ),
    ...tables.map(([key, table]) => `[${formatKey(key)}]\n${keyLines(table as Table)}`),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

type Table = Readonly<Record<string, unknown>>;

function keyLines(table: Table): string {
  return Object.entries(table)
    .map(([key, value]) => `${formatKey(key)} = ${isListOfTables(value) ? listOfTables(value) : formatValue(value)}\n`)
    .join('');
}

function listOfTables(tables: readonly Table[]): string {
  return `[\n${tables.map((table) => `    ${formatValue(table)},\n`).join('')}]`;
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return formatString(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return formatNumber(value);
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, 'Z');
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (isTable(value)) {
    const pairs = Object.entries(value).map(([key, inner]) => `${formatKey(key)} = ${formatValue(inner)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  throw new Error(`bug: TOML has no value for ${typeof value}`);
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return String(value).replace(/^(-?\d+)e/, '$1.0e');
}

function formatKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : formatString(key);
}

// A basic string; JSON escapes all that TOML wants escaped but the character 127.
function formatString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isListOfTables(value: unknown): value is readonly Table[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}
