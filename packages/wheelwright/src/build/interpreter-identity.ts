// What of an interpreter and its platform a build depends on, by names that hold on every machine: no path.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { FactsCache, Interpreter } from '@wheelwright/python';
import { parseFact } from '../tool/parse-fact.ts';

/** A part of the build key. Facts save the search for the compiler's options. */
export function interpreterIdentity(interpreter: Interpreter, facts?: FactsCache): Readonly<Record<string, unknown>> {
  const { implementation, versionText, cacheTag, magic, platform, tags, markers } = interpreter;
  return {
    implementation,
    version: versionText,
    cacheTag,
    magic,
    platform,
    // The ABI with its flags, and the C library with its version.
    tag: tags[0],
    machine: markers.platform_machine,
    compiling: rememberedDefaults(interpreter, facts, compilingDefaults),
  };
}

/** The remembered hash of the options. Asks `find` if there is none, or if the interpreter's file has changed since. */
export function rememberedDefaults(
  interpreter: Pick<Interpreter, 'prefix' | 'libDirName'>,
  facts: FactsCache | undefined,
  find: typeof compilingDefaults,
): string | undefined {
  const libDir = path.join(interpreter.prefix, 'lib', interpreter.libDirName);
  const name = `compiling-defaults-${createHash('sha256').update(libDir).digest('hex').slice(0, 32)}`;
  const [source] = sysconfigNames(libDir);
  if (source === undefined) return undefined;
  // The state is taken before the file is read, so a file that changes meanwhile is read again next time.
  const state = stateOf(path.join(libDir, source));
  const known = parseFact(facts?.read(name));
  if (known.file === source && known.state === state)
    return typeof known.options === 'string' ? known.options : undefined;
  const options = find(interpreter);
  facts?.write(name, JSON.stringify({ file: source, state, options }));
  return options;
}

function stateOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(' ');
}

function sysconfigNames(libDir: string): string[] {
  try {
    return readdirSync(libDir)
      .filter((each) => /^_sysconfigdata.*\.py$/.test(each))
      .sort();
  } catch (error) {
    if (isErrno(error)) return [];
    throw error;
  }
}

const compiling =
  /^(?:build_time_vars = \{| )'(AR|ARFLAGS|BASECFLAGS|CC|CCSHARED|CFLAGS|CXX|LDCXXSHARED|LDFLAGS|LDSHARED|OPT)': ([\s\S]*?),?\n(?= '|\}|$)/gm;

/**
 * The hash of the compiler and the options that the interpreter was made with, which extensions are compiled with too: two
 * Pythons of one version may differ in them. Its own prefix counts as a name. Undefined where it states none.
 */
export function compilingDefaults({
  prefix,
  libDirName,
}: Pick<Interpreter, 'prefix' | 'libDirName'>): string | undefined {
  const libDir = path.join(prefix, 'lib', libDirName);
  try {
    const [name] = sysconfigNames(libDir);
    if (name === undefined) return undefined;
    const text = readFileSync(path.join(libDir, name), 'utf8');
    const found = [...text.matchAll(compiling)].map(([, variable, value]) => `${variable} ${value}`);
    return createHash('sha256').update(found.join('\n').replaceAll(prefix, '<prefix>')).digest('hex').slice(0, 16);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
