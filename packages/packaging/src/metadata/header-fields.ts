// Fields in the manner of e-mail headers, as METADATA, PKG-INFO and WHEEL hold them: `Name: value` lines, continued by
// indented ones, up to an empty line; what follows is the body.

export interface HeaderFields {
  /** Values by lower-case name, in the order of the file. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/**
 * Reads the fields of `text`. The first line that is neither a field nor an empty line ends them, as in Python's e-mail
 * parser; `onInvalid` receives that line and its number.
 */
export function parseHeaderFields(text: string, onInvalid: (line: string, number: number) => void): HeaderFields {
  const fields: { name: string; lines: string[] }[] = [];
  const lineEnd = /\r\n|\n|\r/g;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  // Line by line: a body is long, and most readers want none of it.
  for (let number = 1; at < text.length; number += 1) {
    lineEnd.lastIndex = at;
    const end = lineEnd.exec(text);
    const line = text.slice(at, end?.index);
    at = end === null ? text.length : lineEnd.lastIndex;
    if (line === '') break;
    const isContinued = line.startsWith(' ') || line.startsWith('\t');
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const field = fields.at(-1);
    if (isContinued && field !== undefined) field.lines.push(line);
    else if (/^[\x21-\x39\x3b-\x7e]+$/.test(name)) {
      fields.push({ name: name.toLowerCase(), lines: [line.slice(colon + 1).trim()] });
    } else {
      onInvalid(line, number);
      break;
    }
  }
  return {
    headers: byName(fields),
    get body() {
      return text.slice(at).replace(/\r\n?/g, '\n');
    },
  };
}

/** The only value of a field, undefined where it is absent; of several the first. */
export function firstField(fields: HeaderFields, name: string): string | undefined {
  return fields.headers.get(name)?.[0];
}

function byName(fields: readonly { name: string; lines: readonly string[] }[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const { name, lines } of fields) {
    const values = headers.get(name) ?? [];
    values.push(lines.join('\n'));
    headers.set(name, values);
  }
  return headers;
}
