// Finds the index that an interpreter's pip uses by default. Only the help text of `pip install` states it, and
// starting pip costs half a second, so the answer is kept for as long as the interpreter is the same.

import type { FactsCache } from '../ports.ts';
import { fileSubject, keepFact, recallFact } from './facts.ts';
import type { Interpreter } from './interpreter.ts';
import { type ProbeOptions, runPython } from './probe.ts';

/** Options of {@link readDefaultIndexUrl}. */
export interface ReadDefaultIndexUrlOptions extends ProbeOptions {
  /** Keeps the answer of each interpreter between runs. */
  readonly cache: FactsCache;
}

// Neither configuration files nor PIP_ variables may colour the answer: they change without the interpreter, and the
// caller reads them on its own. The working directory is not a place to import pip from. Wide, so that nothing is wrapped.
const helpSource = `
import os, runpy, sys
if sys.path[0] == "":
    del sys.path[0]
for name in list(os.environ):
    if name.startswith("PIP_"):
        del os.environ[name]
os.environ.update(PIP_CONFIG_FILE=os.devnull, COLUMNS="2000", NO_COLOR="1")
sys.argv = ["pip", "--isolated", "install", "--help"]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;

/** The default that the pip of `interpreter` states; undefined where it has no pip, or one that states none. */
export async function readDefaultIndexUrl(
  interpreter: Pick<Interpreter, 'executable'>,
  options: ReadDefaultIndexUrlOptions,
): Promise<string | undefined> {
  const subject = fileSubject('default-index', interpreter.executable);
  const kept = recallFact(options.cache, subject);
  if (typeof kept === 'string') return kept;
  const { stdout } = await runPython(interpreter.executable, ['-E', '-c', helpSource], options);
  const url = parseDefaultIndexUrl(stdout);
  // That there is none is not kept: pip can be installed without the interpreter changing.
  if (url !== undefined) keepFact(options.cache, subject, url);
  return url;
}

/** The default in the text about `--index-url` of `pip install --help`. */
export function parseDefaultIndexUrl(help: string): string | undefined {
  const about = /^[ \t]*-i, --index-url\b[^\n]*(?:\n(?![ \t]*-)[^\n]*)*/m.exec(help)?.[0];
  return about === undefined ? undefined : /\(default:?\s+([a-z][a-z0-9+.-]*:[^\s)]+)\s*\)/i.exec(about)?.[1];
}
