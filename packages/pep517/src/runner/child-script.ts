// Python text that makes the Pythons started by a hook record their inputs: a `sitecustomize` first on PYTHONPATH, which
// starts its own observer and then runs the environment's own module of that name.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { observeScript } from './observe-script.ts';

/** The settings of the observer of such a Python. */
export interface ChildObserver {
  /** Absolute paths whose content the key covers. */
  readonly skipped: readonly string[];
  readonly tree: string;
  readonly beside: string;
  readonly notesFile: string;
  /** Private directories of the build that the hook may use. */
  readonly private: readonly string[];
}

/** Writes the modules into `dir`, which the caller puts first on PYTHONPATH. */
export function writeChildObserver(dir: string, observer: ChildObserver): void {
  const { skipped, tree, beside, notesFile } = observer;
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'sitecustomize.py'), customize(notesFile));
  writeFileSync(
    path.join(dir, 'wheelwright_observer.py'),
    `import os, sys
${observeScript}
observer.start(${JSON.stringify(skipped)})
observer.enter(*${JSON.stringify([tree, beside, notesFile, dir, observer.private])})
`,
  );
}

// Every Python must be able to parse this module, also 2.7.
const customize = (notesFile: string) => `import os, sys
here = os.path.dirname(os.path.abspath(__file__))
if sys.version_info >= (3, 8):
    import wheelwright_observer
else:
    with open(${JSON.stringify(notesFile)}, "a") as notes:
        notes.write('["fact","Python %d.%d was started, which has no audit hooks"]\\n' % sys.version_info[:2])
sys.path[:] = [place for place in sys.path if place != here]
own = sys.modules.pop("sitecustomize")
try:
    import sitecustomize
except ImportError:
    sys.modules["sitecustomize"] = own
`;
