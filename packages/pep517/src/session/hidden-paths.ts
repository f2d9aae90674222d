// Keeps the path of a build's private directory out of artifacts. Compilers write source paths into debug information and
// messages; options make them write other paths. So ten simultaneous builds of one tree, in ten directories, are equal.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { Project } from '../project/project.ts';
import { runProgram } from '../runner/run-program.ts';

/** The directories and variables of a build. */
export interface HidePathsOptions {
  readonly project: Project;
  /** The build's own directory. */
  readonly areaDir: string;
  /** The directories of the build environment, whose headers name themselves (`__FILE__`). */
  readonly environmentDirs: readonly string[];
  /** Where hooks work, below it. */
  readonly treeDir: string;
  /** The variables that hooks see. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

const compiled = /\.(c|cc|cpp|cxx|c\+\+|m|mm|pyx|f|f90|rs|cu)$/i;
/** Packages that generate sources for a compiler from Python, so that the tree need not contain any. */
const makesSources = /^(cffi|cython|mypy|mypyc|pybind11|nanobind|swig|pythran|numba|taichi)\b/i;
const usesCmake = /^(scikit[-_.]build|cmake)/i;

/**
 * Variables that keep the directory out of the output of gcc, clang and rustc, in addition to the user's values. Empty if
 * nothing is compiled, or if the compiler has no such option. It sets CPPFLAGS and not CFLAGS, since a tool without CFLAGS
 * uses its own default; CMake has no such default and reads no CPPFLAGS.
 */
export async function hidePaths(options: HidePathsOptions): Promise<Record<string, string>> {
  const { project, areaDir, treeDir, environment } = options;
  if (!project.requires.some((name) => makesSources.test(name)) && !holdsCompiled(treeDir)) return {};
  const ofEnvironment = options.environmentDirs.map((dir) => `${dir.replace(/\/$/, '')}=/environment`);
  const maps = [...ofEnvironment, `${areaDir}=/build`, `${treeDir}=.`];
  const option = await mapOption(options);
  const added = (name: string, flags: readonly string[]) => [environment[name], ...flags].filter(Boolean).join(' ');
  const flags = option === undefined ? [] : maps.map((map) => `${option}=${map}`);
  const byCmake = [project.backend.module, ...project.requires].some((name) => usesCmake.test(name));
  const names = option === undefined ? [] : byCmake ? ['CFLAGS', 'CXXFLAGS'] : ['CPPFLAGS'];
  return {
    ...Object.fromEntries(names.map((name) => [name, added(name, flags)])),
    CARGO_BUILD_RUSTFLAGS: added(
      'CARGO_BUILD_RUSTFLAGS',
      maps.map((map) => `--remap-path-prefix=${map}`),
    ),
  };
}

/** The option of the C compiler: for all paths (gcc 8, clang 10), or only for those in debug information. */
async function mapOption({ environment, treeDir, signal }: HidePathsOptions): Promise<string | undefined> {
  const [program = 'cc', ...words] = (environment.CC ?? 'cc').split(/\s+/).filter((word) => word !== '');
  for (const option of ['-ffile-prefix-map', '-fdebug-prefix-map']) {
    try {
      const check = [...words, `${option}=a=b`, '-Werror', '-E', '-x', 'c', '/dev/null'];
      const { status } = await runProgram(program, check, { environment, cwd: treeDir, signal });
      if (status === 0) return option;
    } catch (error) {
      if (isErrno(error)) return undefined; // There is no compiler.
      throw error;
    }
  }
  return undefined;
}

function holdsCompiled(dir: string): boolean {
  const names = readdirSync(dir, { withFileTypes: true });
  return (
    names.some((entry) => entry.isFile() && compiled.test(entry.name)) ||
    names.some((entry) => entry.isDirectory() && entry.name !== '.git' && holdsCompiled(path.join(dir, entry.name)))
  );
}
