// The tools that are compared: ours and its peers. What is not installed is named and left out.
import { findBuild } from './build.ts';
import { findPip } from './pip.ts';
import { findPnpm } from './pnpm.ts';
import type { Surroundings, Tool } from './tool.ts';
import { findUv } from './uv.ts';
import { findWw } from './ww.ts';

/** Every tool that runs here, ours first, and a sentence for each that does not. */
export function findTools(surroundings: Surroundings): { tools: Tool[]; absent: string[] } {
  const found = [findWw, findUv, findPip, findBuild, findPnpm].map((find) => find(surroundings));
  return {
    tools: found.filter((tool) => typeof tool !== 'string'),
    absent: found.filter((tool) => typeof tool === 'string'),
  };
}
