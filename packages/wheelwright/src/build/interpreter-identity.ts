// What of an interpreter and its platform a build depends on, by names that hold on every machine: no path.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { Interpreter } from '@wheelwright/python';

/** A part of the build key. */
export function interpreterIdentity(interpreter: Interpreter): Readonly<Record<string, unknown>> {
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
    compiling: compilingDefaults(interpreter),
  };
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
    const [name] = readdirSync(libDir)
      .filter((each) => /^_sysconfigdata.*\.py$/.test(each))
      .sort();
    if (name === undefined) return undefined;
    const text = readFileSync(path.join(libDir, name), 'utf8');
    const found = [...text.matchAll(compiling)].map(([, variable, value]) => `${variable} ${value}`);
    return createHash('sha256').update(found.join('\n').replaceAll(prefix, '<prefix>')).digest('hex').slice(0, 16);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
