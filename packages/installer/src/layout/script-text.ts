// Scripts of a prefix without generations: what pip writes too, because everything that the script needs is at one
// place. Scripts of a target directory name no path, so that the directory can be moved to another place or machine.
import { pythonScript, type ScriptInterpreter, shebang } from '@wheelwright/python';
import type { PlannedScript } from './entry-point-scripts.ts';

/** The text of a console or gui script that `python` runs. */
export function entryPointScript(python: ScriptInterpreter, { module, attribute }: PlannedScript): string {
  const name = attribute.split('.', 1)[0]!;
  return `${shebang(python)}${typeof python === 'string' ? 'import sys\n' : besideScripts}
from ${module} import ${name}

if __name__ == "__main__":
    sys.exit(${attribute}())
`;
}

/** A script whose interpreter does not know of the packages beside it finds them from its own place. */
const besideScripts = `import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
`;

/** The text of any script that is Python, for `python`. */
export function scriptTextFor(python: ScriptInterpreter): ScriptText {
  return (script) => {
    return 'body' in script ? bodyScript(python, script.body) : Buffer.from(entryPointScript(python, script));
  };
}

/** A Python file of `.data/scripts` whose first line names `python`. */
export function bodyScript(python: ScriptInterpreter, data: Uint8Array): Uint8Array {
  const end = data.indexOf(0x0a);
  return pythonScript(python, end < 0 ? new Uint8Array() : data.subarray(end + 1));
}

/** Makes the text of a script: of a command, or of a Python file of `.data/scripts`. */
export type ScriptText = (script: PlannedScript | { readonly name: string; readonly body: Uint8Array }) => Uint8Array;
