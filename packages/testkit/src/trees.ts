// Source trees made by code, for each kind of build backend.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { backendText, type Misbehaviour } from './backend-text.ts';

export type { Misbehaviour } from './backend-text.ts';

/** Writes files, given by paths relative to `dir`, with the directories that they need; gives `dir`. */
export function writeTree(dir: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return dir;
}

export interface TreeOptions {
  /** `demo` by default. */
  readonly name?: string | undefined;
  /** `1.0` by default. */
  readonly version?: string | undefined;
  /** How many modules the package has beside `__init__`; 3 by default. */
  readonly modules?: number | undefined;
  readonly requiresDist?: readonly string[] | undefined;
  /** Further files. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** A tree for setuptools, all of it said in pyproject.toml. */
export function writeSetuptoolsTree(dir: string, options: TreeOptions = {}): string {
  return writeTree(dir, {
    'pyproject.toml': `${buildSystem(['setuptools'], 'setuptools.build_meta')}${projectTable(options)}
[tool.setuptools.packages.find]
where = ["src"]
`,
    ...packageFiles('src/', options),
  });
}

/** A tree with a setup.py and no pyproject.toml. */
export function writeLegacyTree(dir: string, options: TreeOptions = {}): string {
  const { name = 'demo', version = '1.0' } = options;
  return writeTree(dir, {
    'setup.py': `from setuptools import find_packages, setup

setup(name=${JSON.stringify(name)}, version=${JSON.stringify(version)}, packages=find_packages("src"), package_dir={"": "src"})
`,
    ...packageFiles('src/', options),
  });
}

export function writeHatchlingTree(dir: string, options: TreeOptions = {}): string {
  return writeTree(dir, {
    'pyproject.toml': buildSystem(['hatchling'], 'hatchling.build') + projectTable(options),
    ...packageFiles('src/', options),
  });
}

export function writeFlitTree(dir: string, options: TreeOptions = {}): string {
  return writeTree(dir, {
    'pyproject.toml': `${buildSystem(['flit_core>=3.2'], 'flit_core.buildapi')}${projectTable(options)}description = "A demo."\n`,
    ...packageFiles('', options),
  });
}

/** A tree for setuptools with a module in C, `_native`, whose `answer()` is 42. Needs a compiler. */
export function writeExtensionTree(dir: string, options: TreeOptions = {}): string {
  const { name = 'demo' } = options;
  return writeSetuptoolsTree(dir, {
    ...options,
    files: {
      'setup.py': `from setuptools import Extension, setup

setup(ext_modules=[Extension("${moduleName(name)}._native", ["src/native.c"])])
`,
      'src/native.c': `#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&definition); }
`,
      ...options.files,
    },
  });
}

export interface BackendTreeOptions extends TreeOptions {
  /** What goes wrong, per hook. */
  readonly behaviour?: Readonly<Record<string, Misbehaviour>> | undefined;
  /** What goes wrong when the backend is imported. */
  readonly atImport?: 'raise' | 'exit' | 'hang' | 'lack' | 'print' | undefined;
  /** Hooks that the backend does not have. */
  readonly missing?: readonly string[] | undefined;
  /** What get_requires_for_build_… returns; nothing by default. */
  readonly requires?: readonly string[] | undefined;
  /** An absolute directory where the backend leaves marks: `hooks`, `pids`, `settings`, `environment`. */
  readonly marksDir?: string | undefined;
  /** False leaves out the `[project]` table. */
  readonly declared?: boolean | undefined;
}

/** A tree with a backend of its own, which needs only Python. */
export function writeBackendTree(dir: string, options: BackendTreeOptions = {}): string {
  const { name = 'demo', version = '1.0', behaviour = {}, missing = [], requires = [], declared = true } = options;
  const settings = { name, version, behaviour, missing, requires, import: options.atImport, marks: options.marksDir };
  return writeTree(dir, {
    'pyproject.toml': `${buildSystem([], 'backend')}backend-path = ["."]\n${declared ? projectTable(options) : ''}`,
    'backend.py': backendText,
    'backend.json': JSON.stringify({ ...settings, import: settings.import ?? '', marks: settings.marks ?? '' }),
    ...packageFiles('src/', options),
  });
}

function buildSystem(requires: readonly string[], backend: string): string {
  return `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "${backend}"\n`;
}

function projectTable({ name = 'demo', version = '1.0', requiresDist = [] }: TreeOptions): string {
  return `\n[project]\nname = "${name}"\nversion = "${version}"\ndependencies = ${JSON.stringify(requiresDist)}\n`;
}

function packageFiles(prefix: string, { name = 'demo', version = '1.0', modules = 3, files = {} }: TreeOptions) {
  const found: Record<string, string> = { 'README.md': `# ${name}\n` };
  const packageDir = `${prefix}${moduleName(name)}`;
  found[`${packageDir}/__init__.py`] = `"""A demo."""\n\n__version__ = ${JSON.stringify(version)}\n`;
  for (let index = 0; index < modules; index += 1) {
    found[`${packageDir}/module_${index}.py`] = `number = ${index}\n\n\ndef main():\n    print(number)\n`;
  }
  return { ...found, ...files };
}

function moduleName(name: string): string {
  return name.replace(/[-.]/g, '_').toLowerCase();
}
