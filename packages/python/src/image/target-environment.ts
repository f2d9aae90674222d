// A directory that packages are put into for an interpreter that need not know of it: a function's bundle, a vendored
// tree. It has no marker; the caller declares it to be one.
import path from 'node:path';
import type { Environment } from '../environment/environment.ts';
import type { Interpreter } from '../interpreter/interpreter.ts';

/** The directory at the absolute path `dir`, which may be absent, as an environment of `interpreter`. */
export function targetEnvironment(
  dir: string,
  interpreter: Pick<Interpreter, 'executable' | 'versionText' | 'libDirName'> | undefined,
): Environment {
  if (!path.isAbsolute(dir)) throw new Error(`bug: ${dir} is not absolute`);
  return {
    dir: path.normalize(dir).replace(/(.)\/$/, '$1'),
    kind: 'target',
    interpreterExecutable: interpreter?.executable ?? '',
    pythonVersion: interpreter?.versionText ?? '',
    libDirName: interpreter?.libDirName ?? '',
    sitePackages: dir,
    systemSitePackages: false,
  };
}
