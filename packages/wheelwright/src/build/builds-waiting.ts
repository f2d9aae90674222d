// Which builds wait for the one that is begun. The engine notes each build by the path of the moment, and a build of known
// content is noted by its content as well, just before: both are one build.
import path from 'node:path';
import type { TreeUnderConstruction } from '@wheelwright/pep517';

/** One note for each build that waits, outermost first. */
export function buildsWaiting(underConstruction: readonly TreeUnderConstruction[]): readonly TreeUnderConstruction[] {
  const isContent = ({ dir }: TreeUnderConstruction) => !path.isAbsolute(dir);
  return underConstruction.filter((tree, at) => isContent(tree) || at === 0 || !isContent(underConstruction[at - 1]!));
}
