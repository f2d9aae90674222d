// The strings in quotes of a marker, read as the reference implementation reads them: as Python string literals.

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const digitsOf: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const lastCodePoint = 0x10_ffff;

/**
 * The value of a Python string literal, given what stands between its quotation marks; undefined where Python refuses it:
 * a line end or a null character, a backslash at the end, `\x`, `\u` or `\U` with too few digits. A backslash before any
 * other character stands for itself. The named characters of `\N` are refused too.
 */
export function unescapeMarkerString(text: string): string | undefined {
  if (/[\n\r\0]/.test(text)) return undefined;
  if (!text.includes('\\')) return text;
  let value = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '\\') {
      value += text[at];
      continue;
    }
    const sequence = readEscape(text, at + 1);
    if (sequence === undefined) return undefined;
    value += sequence.value;
    at += sequence.length;
  }
  return value;
}

// `at` is the character behind the backslash; `length` counts the characters behind it.
function readEscape(text: string, at: number): { readonly value: string; readonly length: number } | undefined {
  const letter = text[at];
  if (letter === undefined || letter === 'N') return undefined;
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { value: simple, length: 1 };
  const octal = /^[0-7]{1,3}/.exec(text.slice(at, at + 3))?.[0];
  if (octal !== undefined) return { value: String.fromCharCode(Number.parseInt(octal, 8)), length: octal.length };
  const digits = digitsOf[letter];
  if (digits === undefined) return { value: `\\${letter}`, length: 1 };
  const hexadecimal = text.slice(at + 1, at + 1 + digits);
  if (hexadecimal.length < digits || !/^[0-9a-fA-F]+$/.test(hexadecimal)) return undefined;
  const codePoint = Number.parseInt(hexadecimal, 16);
  return codePoint > lastCodePoint ? undefined : { value: String.fromCodePoint(codePoint), length: 1 + digits };
}
