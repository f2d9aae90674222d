// The data file that says what each script of a generation starts. Plain rows, because every script reads it at its
// start and Python needs 3 ms to load its JSON module.

/** What a script starts: an object of a module, or a Python file shipped as a script. */
export type ScriptTarget =
  | {
      readonly name: string;
      readonly kind: 'entry-point';
      readonly module: string;
      /** `main` or `Class.method`. */
      readonly attribute: string;
    }
  | {
      readonly name: string;
      readonly kind: 'body';
      /** Relative to site-packages: the file whose text is run as the script. */
      readonly path: string;
    };

const header = '# scripts of this generation, format 1\n';

/** The text of the map: a row per script, sorted by name. Two scripts of one name are a bug of the caller. */
export function formatScriptsMap(scripts: readonly ScriptTarget[]): string {
  const rows = scripts.map((script) => {
    const target = script.kind === 'body' ? script.path : `${script.module}:${script.attribute}`;
    const row = [script.name, script.kind, target];
    if (row.some((field) => field === '' || /[\t\r\n]/.test(field))) {
      throw new Error(`bug: the script ${JSON.stringify(script.name)} cannot be written into a row`);
    }
    return `${row.join('\t')}\n`;
  });
  const names = new Set(scripts.map(({ name }) => name));
  if (names.size !== scripts.length) throw new Error('bug: two scripts of one name in one generation');
  return header + rows.sort().join('');
}

/** The scripts of a map; rows of a kind that is not known are passed over. */
export function parseScriptsMap(text: string): ScriptTarget[] {
  return text.split('\n').flatMap((row): ScriptTarget[] => {
    const [name, kind, target] = row.split('\t');
    if (name === undefined || target === undefined) return [];
    if (kind === 'body') return [{ name, kind, path: target }];
    const at = target.indexOf(':');
    return kind === 'entry-point' ? [{ name, kind, module: target.slice(0, at), attribute: target.slice(at + 1) }] : [];
  });
}
