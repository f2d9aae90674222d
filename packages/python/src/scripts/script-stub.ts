// The text of a script in `bin`. It is the same in every generation: it names the environment's stable interpreter and
// itself, nothing else. What it starts is looked up at run time (scripts-source.ts).
import path from 'node:path';

/** Options of {@link scriptStub}. */
export interface ScriptStubOptions {
  /** A script without a terminal. It starts like any other here; only Windows tells them apart. */
  readonly gui?: boolean | undefined;
}

/** The text of the script `name` of the environment at `environmentDir`. */
export function scriptStub(environmentDir: string, name: string, _options: ScriptStubOptions = {}): string {
  return `${shebang(path.join(environmentDir, 'bin', 'python'))}import _wheelwright_scripts

_wheelwright_scripts.run(${JSON.stringify(name)}, globals())
`;
}

// What the kernel takes as the first line differs; 127 bytes is what every Linux takes (distlib uses it too).
const longestShebang = 127;

/**
 * The interpreter that a script starts: the absolute path of one, or names of which the first that is on the PATH of
 * the user who runs the script is taken (`python3.11`, `python3`). A script of the second kind works wherever it is.
 */
export type ScriptInterpreter = string | { readonly names: readonly string[] };

/**
 * The first lines of a Python file that `interpreter` runs. A plain `#!` line where the kernel can read it; for names,
 * for a long path, or for one with white space, a few lines that are both /bin/sh and a Python string.
 */
export function shebang(interpreter: ScriptInterpreter): string {
  return simpleShebang(interpreter) ?? `#!/bin/sh\n${shellLines(interpreterWord(interpreter))}\n`;
}

/**
 * The Python file `body`, which comes without its first line, for `interpreter`. Where a plain `#!` line does not do,
 * the file stays one whose encoding (PEP 263) and `from __future__` imports Python accepts: leading comments
 * come before the lines for /bin/sh, and a docstring is joined with them into one.
 */
export function pythonScript(interpreter: ScriptInterpreter, body: Uint8Array): Uint8Array {
  const simple = simpleShebang(interpreter);
  if (simple !== undefined) return Buffer.concat([Buffer.from(simple), body]);
  // Latin-1 keeps every byte as it is.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const leading = /^(?:[ \t\f]*(?:#[^\n]*)?\r?\n)*/.exec(text)![0];
  const rest = text.slice(leading.length);
  // The shell would take a carriage return in an empty line for a command.
  const comments = leading.replace(/^[ \t\f]*\r?$/gm, '');
  const isDocstring = /^[rRuU]?["']/.test(rest);
  // Another encoding may not be able to read the path.
  const word = interpreterWord(interpreter, /coding[:=]/.test(comments) ? /[^\x20-\x7e]/ : undefined);
  const head = Buffer.from(shellLines(word)).toString('latin1');
  return Buffer.from(`#!/bin/sh\n${comments}${head}${isDocstring ? '\\' : ''}\n${rest}`, 'latin1');
}

/** A file of {@link pythonScript} taken apart: the line that starts its interpreter, and the file without its head. */
export function parseLongScript(script: string): { readonly execLine: string; readonly body: string } | undefined {
  const found = /^#!\/bin\/sh\n((?:[ \t\f]*(?:#[^\n]*)?\n)*)('''exec' [^\n]*\n)[^\n]*\n/.exec(script);
  if (found === null) return undefined;
  return { execLine: found[2]!, body: found[1]! + script.slice(found[0].length) };
}

function simpleShebang(executable: ScriptInterpreter): string | undefined {
  if (typeof executable !== 'string') return undefined;
  const simple = `#!${executable}\n`;
  return !/\s/.test(executable) && Buffer.byteLength(simple) <= longestShebang ? simple : undefined;
}

function shellLines(word: string): string {
  return `'''exec' ${word} "$0" "$@"\n' '''`;
}

/** The interpreter as one word for sh; `others`: more characters that are not written as they are. */
function interpreterWord(interpreter: ScriptInterpreter, others?: RegExp): string {
  if (typeof interpreter === 'string') return shellWord(interpreter, others);
  const { names } = interpreter;
  if (names.length === 0 || names.some((name) => !/^[\w.-]+$/.test(name)))
    throw new Error(`bug: ${names.join(' ')} are no names of programs`);
  // Where none is there, sh says which one it looked for last.
  return `"$(${names.map((name) => `command -v ${name}`).join(' || ')} || echo ${names.at(-1)})"`;
}

/** `text` as one word for sh inside a Python `'''` string: bytes that either would read are octal for both. */
function shellWord(text: string, others?: RegExp): string {
  const special = /["'\\$`\r\n\0]/;
  const isSpecial = (char: string) => special.test(char) || others?.test(char) === true;
  if (![...text].some(isSpecial)) return `"${text}"`;
  const octal = (char: string) => [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  const quoted = [...text.replaceAll('%', '%%')].flatMap((char) => (isSpecial(char) ? octal(char) : char)).join('');
  return `"$(printf '${quoted}')"`;
}

/** Whether a file of `.data/scripts` starts with `#!python`: then it is a Python body, run through a stub. */
export function isPythonScript(data: Uint8Array): boolean {
  return Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, 9))
    .toString('latin1')
    .startsWith('#!python');
}
