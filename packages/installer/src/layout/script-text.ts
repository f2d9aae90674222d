// Scripts of a prefix without generations: what pip writes too, because everything that the script needs is at one place.
import { pythonScript, shebang } from '@wheelwright/python';
import type { PlannedScript } from './entry-point-scripts.ts';

/** The text of a console or gui script that `python` runs. */
export function entryPointScript(python: string, { module, attribute }: PlannedScript): string {
  const name = attribute.split('.', 1)[0]!;
  return `${shebang(python)}import sys

from ${module} import ${name}

if __name__ == "__main__":
    sys.exit(${attribute}())
`;
}

/** The text of any script that is Python, for `python`. */
export function scriptTextFor(python: string): ScriptText {
  return (script) => {
    return 'body' in script ? bodyScript(python, script.body) : Buffer.from(entryPointScript(python, script));
  };
}

/** A Python file of `.data/scripts` whose first line names `python`. */
export function bodyScript(python: string, data: Uint8Array): Uint8Array {
  const end = data.indexOf(0x0a);
  return pythonScript(python, end < 0 ? new Uint8Array() : data.subarray(end + 1));
}

/** The text of a script, or of a Python file that is one, as it lies in the prefix. */
export type ScriptText = (script: PlannedScript | { readonly name: string; readonly body: Uint8Array }) => Uint8Array;
