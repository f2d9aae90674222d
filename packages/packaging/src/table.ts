// Reading values of unknown shape (parsed JSON or TOML) one key at a time, each failure naming where in the document the
// value stands.

/** Makes the error for a value: `where` is its path in the document, such as `packages[2].name`. */
export type Refuse = (where: string, reason: string) => Error;

/** A table of a document, with the way to it and the error to throw. */
export class TableReader {
  readonly #table: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #refuse: Refuse;

  constructor(value: unknown, where: string, refuse: Refuse) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(where, 'is not a table');
    this.#table = value as Readonly<Record<string, unknown>>;
    this.#where = where;
    this.#refuse = refuse;
  }

  keys(): readonly string[] {
    return Object.keys(this.#table);
  }

  /** Whether the table has a value for `key`. */
  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  string(key: string): string | undefined {
    const value = this.#value(key);
    if (value !== undefined && typeof value !== 'string') throw this.refuse(key, 'is not a string');
    return value;
  }

  requiredString(key: string): string {
    const value = this.string(key);
    if (value === undefined) throw this.refuse(key, 'is missing');
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#value(key);
    if (value !== undefined && typeof value !== 'boolean') throw this.refuse(key, 'is not true or false');
    return value;
  }

  /** A count that is not negative; TOML parsers may give it as a bigint. */
  size(key: string): number | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    const size = typeof value === 'bigint' ? Number(value) : value;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw this.refuse(key, 'is not a size');
    return size;
  }

  strings(key: string): readonly string[] {
    return this.#list(key).map((item, index) => {
      if (typeof item !== 'string') throw this.refuse(`${key}[${index}]`, 'is not a string');
      return item;
    });
  }

  /** A date with time and zone. */
  date(key: string): Date | undefined {
    const value = this.#value(key);
    if (value !== undefined && !(value instanceof Date)) throw this.refuse(key, 'is not a date');
    return value;
  }

  /** A table as it is, whatever it holds. */
  record(key: string): Readonly<Record<string, unknown>> | undefined {
    const table = this.table(key);
    return table === undefined ? undefined : table.#table;
  }

  /** A list of tables as they are; undefined where the key is absent. */
  records(key: string): readonly Readonly<Record<string, unknown>>[] | undefined {
    return this.has(key) ? this.tables(key).map((table) => table.#table) : undefined;
  }

  table(key: string): TableReader | undefined {
    const value = this.#value(key);
    return value === undefined ? undefined : new TableReader(value, this.path(key), this.#refuse);
  }

  tables(key: string): readonly TableReader[] {
    return this.#list(key).map((item, index) => new TableReader(item, this.path(`${key}[${index}]`), this.#refuse));
  }

  /** The value of `key` read by `read`, whose failure becomes one of this document. */
  parse<T>(key: string, read: (text: string) => T): T | undefined {
    const text = this.string(key);
    return text === undefined ? undefined : this.attempt(key, () => read(text));
  }

  /** The strings of the list `key`, each read by `read`; a failure names the item. */
  parseAll<T>(key: string, read: (text: string) => T): readonly T[] {
    return this.strings(key).map((text, index) => this.attempt(`${key}[${index}]`, () => read(text)));
  }

  attempt<T>(key: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw Object.assign(this.refuse(key, `is not valid: ${(error as Error).message.replace(/\.$/, '')}`), {
        cause: error,
      });
    }
  }

  refuse(key: string, reason: string): Error {
    return this.#refuse(this.path(key), reason);
  }

  path(key: string): string {
    return this.#where === '' ? key : key === '' ? this.#where : `${this.#where}.${key}`;
  }

  #value(key: string): unknown {
    const value = Object.hasOwn(this.#table, key) ? this.#table[key] : undefined;
    return value ?? undefined;
  }

  #list(key: string): readonly unknown[] {
    const value = this.#value(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.refuse(key, 'is not a list');
    return value;
  }
}
