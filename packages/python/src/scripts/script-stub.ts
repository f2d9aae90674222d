// The text of a script in `bin`. It is the same in every generation: it names the environment's stable interpreter and
// itself, nothing else. What it starts is looked up at run time (scripts-source.ts).
import path from 'node:path';

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
 * The first lines of a Python file that is to be run by `executable`. A plain `#!` line where the kernel can read it;
 * for a long path, or one with white space, a few lines that are both /bin/sh and a Python string.
 */
export function shebang(executable: string): string {
  const simple = `#!${executable}\n`;
  if (!/\s/.test(executable) && Buffer.byteLength(simple) <= longestShebang) return simple;
  return `#!/bin/sh\n'''exec' ${shellWord(executable)} "$0" "$@"\n' '''\n`;
}

/** `text` as one word for sh inside a Python `'''` string: characters that either would read are octal for both. */
function shellWord(text: string): string {
  if (/^[^"'\\$`\r\n\0]*$/.test(text)) return `"${text}"`;
  const octal = (char: string) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  const quoted = text.replaceAll('%', '%%').replace(/["'\\$`\r\n]/g, octal);
  return `"$(printf '${quoted}')"`;
}

/** Whether a file of `.data/scripts` starts with `#!python`: then it is a Python body, run through a stub. */
export function isPythonScript(data: Uint8Array): boolean {
  return Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, 9))
    .toString('latin1')
    .startsWith('#!python');
}
