// Decides whether only setuptools itself runs in the hooks of a tree: no setup.py, no commands of the tree's own, no plug-in
// among the requirements. Then no code depends on the order of imports or on a slow exit, so the runner may import the
// modules that every hook imports in advance, and end its hooks at once.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import { parseRequirement } from '@wheelwright/packaging';
import type { Project } from './project.ts';

/** What setuptools imports in its hooks and not before. What a version does not have is passed over. */
export const setuptoolsModules: readonly string[] = [
  ...['compat.py310', 'config._apply_pyprojecttoml', 'config._validate_pyproject'],
  ...['egg_info', 'dist_info', 'build', 'build_py', 'build_ext', 'build_clib', 'sdist'].map(command),
  ...['install', 'install_egg_info', 'install_lib', 'install_scripts', 'bdist_wheel', 'editable_wheel'].map(command),
  // To know the options of commands, setuptools imports all of them.
  ...['alias', 'bdist_egg', 'bdist_rpm', 'develop', 'easy_install', 'rotate', 'saveopts', 'setopt'].map(command),
].map((name) => `setuptools.${name}`);

/** Keys by which a configuration brings in code of the tree. */
const bringsCode = /cmdclass|attr|command_packages|setup_requires/;

/** `treeDir`: the tree itself, or what its sdist was unpacked to. */
export function runsSetuptoolsAlone(project: Project, treeDir: string): boolean {
  const { backend, backendPath, requires } = project;
  return (
    backend.module === 'setuptools.build_meta' &&
    backendPath.length === 0 &&
    requires.every(isSetuptools) &&
    !existsSync(path.join(treeDir, 'setup.py')) &&
    ['pyproject.toml', 'setup.cfg'].every((name) => !bringsCode.test(readOrEmpty(path.join(treeDir, name))))
  );
}

function command(name: string): string {
  return `command.${name}`;
}

function isSetuptools(requirement: string): boolean {
  const { normalizedName, url } = parseRequirement(requirement);
  return url === undefined && ['setuptools', 'wheel'].includes(normalizedName);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  }
}
