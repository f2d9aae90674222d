// Warns about requirements that a change leaves unmet. The change stands.
import type { ChangeResult } from '@wheelwright/installer';
import type { MarkerEnvironment } from '@wheelwright/packaging';
import { type Environment, listDistributions } from '@wheelwright/python';
import { type RequiringDistribution, unmetRequirements } from '../requirements/unmet-requirements.ts';
import type { Tool } from '../tool/tool.ts';

/**
 * Warns of each unmet requirement that concerns a changed distribution. `present`: what is installed now, where the caller
 * knows it.
 */
export function warnOfUnmet(
  tool: Tool,
  environment: Environment,
  markers: MarkerEnvironment,
  { installed, upgraded, removed }: Pick<ChangeResult, 'installed' | 'upgraded' | 'removed'>,
  present?: readonly RequiringDistribution[] | undefined,
): void {
  const changed = new Set([...installed, ...upgraded, ...removed].map(({ name }) => name));
  if (changed.size === 0) return;
  const installedNow = present ?? listDistributions(environment.sitePackages);
  for (const { name, version, requirement, found } of unmetRequirements(installedNow, markers, changed)) {
    const there = found === undefined ? 'it is not installed' : `${found} is installed`;
    tool.onEvent({ event: 'warning', text: `${name} ${version} requires ${requirement}, and ${there}` });
  }
}
