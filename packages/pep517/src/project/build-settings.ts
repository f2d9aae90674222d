// What a project says of its builds in `[tool.wheelwright.build]`. The schema for editors is
// `schema/wheelwright-build.schema.json`; a test holds both equal.
import { createPathPatterns, type PathPatterns } from './path-patterns.ts';
import { isTable, type PyprojectFile } from './pyproject-file.ts';
import { findNearMiss } from './suggest-key.ts';

/** Whether builds are kept: `auto` unless a build used what cannot be observed, `always`, or `never`. */
export type CachePolicy = 'auto' | 'always' | 'never';

/** The table, with the defaults for what it leaves out. */
export interface BuildSettings {
  /** What is no part of the source, as patterns of gitignore; a file that git tracks is left out all the same. */
  readonly exclude: readonly string[];
  /** What is part of it although a tool's habits or `exclude` would leave it out. */
  readonly include: readonly string[];
  /** Variables that the builds depend on, beside those that are observed; `NAME_*` for all that begin so. */
  readonly env: readonly string[];
  readonly cache: CachePolicy;
  /** Stands for what no key holds, such as libraries of the system: another salt, another build. */
  readonly cacheSalt: string | undefined;
  readonly strategy: 'snapshot' | 'in-place' | undefined;
  /** Files and directories beside the tree that belong to the source, relative to the tree. */
  readonly sources: readonly string[];
  /** `exclude` and `include` as one question. */
  readonly patterns: PathPatterns;
}

/** The keys of the table. */
export const buildSettingsKeys = ['exclude', 'include', 'env', 'cache', 'cache-salt', 'strategy', 'sources'] as const;
const table = 'tool.wheelwright.build';

/** The settings of a tree without pyproject.toml. */
export const defaultBuildSettings: BuildSettings = {
  exclude: [],
  include: [],
  env: [],
  cache: 'auto',
  cacheSalt: undefined,
  strategy: undefined,
  sources: [],
  patterns: createPathPatterns([], []),
};

/** Reads the table. Codes: PEP517_BAD_PYPROJECT. */
export function readBuildSettings(file: PyprojectFile): BuildSettings {
  const tool = isTable(file.values.tool) ? file.values.tool.wheelwright : undefined;
  const values = isTable(tool) ? tool.build : undefined;
  if (values === undefined) return defaultBuildSettings;
  if (!isTable(values)) throw file.fault(`${table} is not a table`, { table });
  const fault = (key: string, expected: string) => file.fault(`'${key}' is not ${expected}`, { table, key });
  for (const key of Object.keys(values)) {
    if ((buildSettingsKeys as readonly string[]).includes(key)) continue;
    const meant = findNearMiss(key, buildSettingsKeys);
    const hint = meant === undefined ? `It may have ${buildSettingsKeys.join(', ')}.` : `Did you mean '${meant}'?`;
    throw file.fault(`[${table}] has the unknown key '${key}'`, { table, key, hint });
  }
  const list = (key: string): readonly string[] => {
    const value = values[key] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw fault(key, 'a list of strings');
  };
  const choice = <T extends string>(key: string, choices: readonly T[]): T | undefined => {
    const value = values[key];
    if (value === undefined || choices.includes(value as T)) return value as T | undefined;
    throw fault(key, `one of ${choices.map((each) => `'${each}'`).join(', ')}`);
  };
  const salt = values['cache-salt'];
  if (salt !== undefined && typeof salt !== 'string') throw fault('cache-salt', 'a string');
  const [exclude, include] = [list('exclude'), list('include')];
  return {
    exclude,
    include,
    env: list('env'),
    cache: choice<CachePolicy>('cache', ['auto', 'always', 'never']) ?? 'auto',
    cacheSalt: salt,
    strategy: choice('strategy', ['snapshot', 'in-place'] as const),
    sources: list('sources'),
    patterns: createPathPatterns(exclude, include),
  };
}
