// The table `[dependency-groups]` of pyproject.toml: named lists of requirements that may include each other
// (specification "Dependency groups").

import { foldName } from '../name.ts';
import { PackagingError, quote } from '../packaging-error.ts';
import { parseRequirement, type Requirement } from './requirement.ts';

/**
 * The requirements of group `name` in the parsed table `groups`, included groups in their place. Throws
 * `PACKAGING_INVALID_DEPENDENCY_GROUP` for an unknown group, a cycle, two groups of one name, or an item that is neither a
 * requirement nor an include.
 */
export function resolveDependencyGroup(groups: unknown, name: string): readonly Requirement[] {
  const byName = indexGroups(groups);
  const resolved = new Map<string, readonly Requirement[]>();
  const resolve = (group: string, path: readonly string[]): readonly Requirement[] => {
    const key = foldName(group);
    if (path.includes(key)) throw invalid(`the group ${quote(group)} includes itself: ${[...path, key].join(' → ')}`);
    const known = resolved.get(key);
    if (known) return known;
    const items = byName.get(key);
    if (!byName.has(key)) throw invalid(`there is no group ${quote(group)}`);
    // Only the groups that are asked for are checked: the others may be for tools that know more.
    if (!Array.isArray(items)) throw invalid(`the group ${quote(group)} is not a list`);
    const requirements = items.flatMap((item) => {
      const include = includeOf(item);
      return include === undefined ? [readItem(item, group)] : resolve(include, [...path, key]);
    });
    resolved.set(key, requirements);
    return requirements;
  };
  return resolve(name, []);
}

function indexGroups(groups: unknown): ReadonlyMap<string, unknown> {
  if (typeof groups !== 'object' || groups === null || Array.isArray(groups)) throw invalid('the table is not a table');
  const byName = new Map<string, unknown>();
  for (const [name, items] of Object.entries(groups)) {
    const key = foldName(name);
    if (byName.has(key)) throw invalid(`two groups have the name ${quote(key)}`);
    byName.set(key, items);
  }
  return byName;
}

function includeOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || Object.keys(item).length !== 1) return undefined;
  const include = (item as { 'include-group'?: unknown })['include-group'];
  return typeof include === 'string' ? include : undefined;
}

function readItem(item: unknown, group: string): Requirement {
  if (typeof item !== 'string') {
    throw invalid(`an item of the group ${quote(group)} is neither a requirement nor { include-group = "…" }`);
  }
  try {
    return parseRequirement(item);
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    throw invalid(`in the group ${quote(group)} ${error.message.replace(/\.$/, '')}`, error);
  }
}

function invalid(reason: string, cause?: unknown): PackagingError {
  return new PackagingError('PACKAGING_INVALID_DEPENDENCY_GROUP', `The dependency groups are not valid: ${reason}.`, {
    cause,
  });
}
