// Which layout an environment has: asked once for each change, of the disk, under the lock.
import { environmentPaths, tryParseGeneration } from '@wheelwright/python';
import { ownLayout } from './generation/own-layout.ts';
import { inPlaceLayout } from './in-place/in-place-layout.ts';
import type { ChangeContext } from './model/change-context.ts';
import type { EnvironmentLayout } from './plan/environment-layout.ts';
import { hasGenerations } from './read/prefix.ts';
import { sharedLayout } from './shared/shared-layout.ts';

/** The steps by which the environment of `context` is changed. */
export function layoutOf(context: ChangeContext): EnvironmentLayout {
  const { environmentDir } = context;
  if (!hasGenerations(environmentDir)) return inPlaceLayout(context);
  const current = tryParseGeneration(environmentPaths(environmentDir).current);
  return current?.shared === undefined ? ownLayout(context) : sharedLayout(context);
}
