// Tells whether compiled sources contain the time of their compilation.
import path from 'node:path';
import type { StartedProgram } from '../runner/read-notes.ts';
import { kindOfProgram } from './program-kinds.ts';
import { readScript } from './read-script.ts';

const source = /\.(c|cc|cpp|cxx|c\+\+|m|mm|h|hh|hpp|cu|S)$/i;
/** Bytes. A larger source counts as one that contains the time. */
const largestSource = 64 << 20;
const macro = /\b__(DATE|TIME|TIMESTAMP)__\b/;

/** Whether a source that a compiler was given, or a header of the copied tree, contains `__DATE__` or the like. */
export function asksForDates(
  calls: readonly StartedProgram[],
  headers: ReadonlySet<string>,
  copyDir: string | undefined,
): boolean {
  const compiled = calls.filter(({ name }) => kindOfProgram(path.basename(name)) === 'compiler');
  const sources = compiled.flatMap(({ words, cwd }) =>
    words.filter((word) => source.test(word)).map((word) => path.resolve(cwd, word)),
  );
  const included = [...headers].filter((file) => copyDir !== undefined && file.startsWith(copyDir + path.sep));
  return [...new Set([...sources, ...included])].some((file) =>
    macro.test(readScript(file, largestSource) ?? '__DATE__'),
  );
}
