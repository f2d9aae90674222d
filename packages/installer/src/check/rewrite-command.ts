// Scripts and activations of one prefix rewritten to name another.
import path from 'node:path';
import { parseLongScript, pythonScript, scriptStub, shebang } from '@wheelwright/python';

/** The text of a script or an activation for the other prefix; undefined where nothing in it names the first. */
export function rewriteCommand(data: Buffer, name: string, fromDir: string, toDir: string): Buffer | undefined {
  // Latin-1 keeps every byte as it is.
  const text = data.toString('latin1');
  const bytes = (value: string) => Buffer.from(value).toString('latin1');
  if (text === bytes(scriptStub(fromDir, name))) return Buffer.from(scriptStub(toDir, name));
  if (/^activate/i.test(name)) return Buffer.from(text.replaceAll(bytes(fromDir), bytes(toDir)), 'latin1');
  if (!text.startsWith('#!')) return undefined;
  // As pip writes it: one line with perhaps an option, or three lines for /bin/sh.
  const long = parseLongScript(text);
  const line = long?.execLine ?? /^#![^\n]*\n/.exec(text)?.[0] ?? '';
  const program = line.split(bytes(`${fromDir}/bin/`))[1]?.match(/^[^\s"'/]+/)?.[0] ?? programOf(line, fromDir);
  if (program === undefined) return undefined;
  const body = long?.body ?? text.slice(line.length);
  return Buffer.from(pythonScript(path.join(toDir, 'bin', program), Buffer.from(body, 'latin1')));
}

/** The program of `dir` that a line of {@link shebang} starts, where quoting hides its path. */
function programOf(line: string, dir: string): string | undefined {
  const program = /\/bin\/(python[^\s"'/]*)/.exec(line)?.[1] ?? 'python';
  const own = parseLongScript(shebang(path.join(dir, 'bin', program)))?.execLine;
  return own !== undefined && Buffer.from(own).toString('latin1') === line ? program : undefined;
}
