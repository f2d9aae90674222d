// Detects a build that requires itself, directly or indirectly, which would otherwise recurse for ever.
import { Pep517Error } from '../pep517-error.ts';
import type { TreeUnderConstruction } from '../ports.ts';
import type { Project } from '../project/project.ts';

/** Throws PEP517_BUILD_CYCLE if the project is already being built. */
export function refuseCycle(project: Project, underConstruction: readonly TreeUnderConstruction[] = []): void {
  if (!underConstruction.some(({ dir }) => dir === project.dir)) return;
  const names = [...underConstruction, project].map(({ name, dir }) => name ?? dir);
  throw new Pep517Error('PEP517_BUILD_CYCLE', `A build requires itself: ${names.join(' → ')}.`, {
    hint: 'Provide one of them as a wheel.',
    data: { path: project.dir, cycle: names },
  });
}
