// Reads how a tree is built and validates it before any work: from pyproject.toml, or the defaults that the standards
// define for a tree with only a setup.py.
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseRequirement } from '@wheelwright/packaging';
import { Pep517Error } from '../pep517-error.ts';
import { backendPathFault } from './backend-path.ts';
import { type BuildSettings, defaultBuildSettings, readBuildSettings } from './build-settings.ts';
import { isTable, type PyprojectFile, readPyprojectFile, type TomlValues } from './pyproject-file.ts';
import { findNearMiss } from './suggest-key.ts';

/** The build backend: a module, and the object in it that has the hooks. */
export interface BackendRef {
  /** Dotted name of the module. */
  readonly module: string;
  /** Dotted name of the object in it; undefined: the module itself. */
  readonly object?: string | undefined;
}

/** A tree that can be built. */
export interface Project {
  /** Real path of the tree. */
  readonly dir: string;
  /** `build-system.requires`, each a requirement that parses. */
  readonly requires: readonly string[];
  /** `build-system.build-backend`. */
  readonly backend: BackendRef;
  /** Directories of an in-tree backend, relative to the tree. */
  readonly backendPath: readonly string[];
  /** As the `[project]` table states it, where it has one. */
  readonly name?: string | undefined;
  /** As the `[project]` table states it, where it has one. */
  readonly version?: string | undefined;
  /** Its `[tool.wheelwright.build]`. */
  readonly settings: BuildSettings;
  /** Warnings, as sentences. */
  readonly warnings: readonly string[];
}

const legacyRequires = ['setuptools>=40.8.0'];
const legacyBackend: BackendRef = { module: 'setuptools.build_meta', object: '__legacy__' };
const topLevelKeys = ['build-system', 'project', 'dependency-groups', 'tool'];
const buildSystemKeys = ['requires', 'build-backend', 'backend-path'];

/**
 * Reads and validates the project in `dir` (PEP 517, 518, 621). Touches nothing.
 * Codes: PEP517_NOT_A_PROJECT, PEP517_BAD_PYPROJECT (`data.line`, `data.column`).
 */
export function readProject(dir: string): Project {
  const treeDir = realDirectory(dir);
  const file = readPyprojectFile(path.join(treeDir, 'pyproject.toml'));
  if (file === undefined) {
    if (!isFile(path.join(treeDir, 'setup.py'))) throw notAProject(dir, 'it has neither pyproject.toml nor setup.py');
    const legacy = { requires: legacyRequires, backend: legacyBackend, backendPath: [] };
    return { dir: treeDir, ...legacy, settings: defaultBuildSettings, warnings: [] };
  }
  const table = file.values['build-system'];
  const warnings = table === undefined ? nearMisses(file) : [];
  if (table !== undefined && !isTable(table)) {
    throw file.fault('build-system is not a table', { table: '', key: 'build-system' });
  }
  return {
    dir: treeDir,
    ...(table === undefined
      ? { requires: legacyRequires, backend: legacyBackend, backendPath: [] }
      : readBuildSystem(file, table, treeDir)),
    ...readDeclared(file),
    settings: readBuildSettings(file),
    warnings,
  };
}

function readBuildSystem(file: PyprojectFile, table: TomlValues, treeDir: string) {
  const fault = (message: string, key?: string, hint?: string) =>
    file.fault(message, { table: 'build-system', key, hint });
  for (const key of Object.keys(table)) {
    if (buildSystemKeys.includes(key)) continue;
    const meant = findNearMiss(key, buildSystemKeys);
    throw fault(`[build-system] has the unknown key '${key}'`, key, meant && `Did you mean '${meant}'?`);
  }
  if (table.requires === undefined) {
    throw fault(
      "[build-system] lacks the key 'requires'",
      undefined,
      'Write requires = [] if the build needs nothing.',
    );
  }
  const requires = stringList(table.requires);
  if (requires === undefined) throw fault("'requires' is not a list of strings", 'requires');
  for (const requirement of requires) {
    try {
      parseRequirement(requirement);
    } catch (error) {
      throw fault(`'requires' has '${requirement}': ${(error as Error).message.replace(/\.$/, '')}`, 'requires');
    }
  }
  const backendPath = stringList(table['backend-path'] ?? []);
  if (backendPath === undefined) throw fault("'backend-path' is not a list of strings", 'backend-path');
  for (const entry of backendPath) {
    const reason = backendPathFault(treeDir, entry);
    if (reason !== undefined) throw fault(reason, 'backend-path');
  }
  const name = table['build-backend'];
  if (name === undefined) {
    if (backendPath.length > 0) throw fault("'backend-path' is given without 'build-backend'", 'backend-path');
    return { requires, backend: legacyBackend, backendPath };
  }
  const match = typeof name === 'string' ? /^([\w.]+)(?:\s*:\s*([\w.]+))?$/u.exec(name.trim()) : null;
  if (match === null) {
    throw fault("'build-backend' is not of the form 'module' or 'module:object'", 'build-backend');
  }
  return { requires, backend: { module: match[1]!, object: match[2] }, backendPath };
}

function readDeclared(file: PyprojectFile): { name?: string; version?: string } {
  const { project } = file.values;
  if (project === undefined) return {};
  if (!isTable(project)) throw file.fault('project is not a table', { table: '', key: 'project' });
  for (const key of ['name', 'version'] as const) {
    if (project[key] !== undefined && typeof project[key] !== 'string') {
      throw file.fault(`'${key}' is not a string`, { table: 'project', key });
    }
  }
  const { name, version } = project as { name?: string; version?: string };
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
}

function nearMisses(file: PyprojectFile): string[] {
  return Object.keys(file.values)
    .filter((key) => !topLevelKeys.includes(key))
    .flatMap((key) => {
      const meant = findNearMiss(key, topLevelKeys);
      return meant === undefined ? [] : [`${file.path} has '${key}'; did you mean '${meant}'?`];
    });
}

function stringList(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

function realDirectory(dir: string): string {
  try {
    const real = realpathSync(dir);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw notAProject(dir, 'it does not exist', error);
  }
  throw notAProject(dir, 'it is not a directory');
}

function isFile(filePath: string): boolean {
  return statSync(filePath, { throwIfNoEntry: false })?.isFile() ?? false;
}

function notAProject(dir: string, reason: string, cause?: unknown): Pep517Error {
  return new Pep517Error('PEP517_NOT_A_PROJECT', `${dir} is not a Python project: ${reason}.`, {
    cause,
    hint: 'Name a directory that holds a pyproject.toml or a setup.py.',
    data: { path: dir },
  });
}
